/** What is typed into a form of an item, kept on this device until the deed is done: a closed drawer or a reload loses no word. */
import { readStored, removeStored, writeStored } from '@/lib/storage';

const key = (item: string, form: string): string => `tz.form.${item}.${form}`;

export function keepForm(item: string, form: string, values: Record<string, unknown>): void {
  if (Object.values(values).some((value) => (Array.isArray(value) ? value.length > 0 : value !== '' && value !== null))) writeStored(key(item, form), values);
  else removeStored(key(item, form));
}
export const keptForm = <T extends object>(item: string, form: string): Partial<T> => readStored<Partial<T>>(key(item, form)) ?? {};
export const dropForm = (item: string, form: string): void => removeStored(key(item, form));
