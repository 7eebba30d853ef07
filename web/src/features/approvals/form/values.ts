/** A form's values in words, for the page, the card and the print. Pure. */
import { fullTime, monthDay, toMs } from '@/lib/time';

import type { Field, FormFile } from './types';

export interface NameBook {
  person: (id: string) => string;
  unit: (id: string) => string;
}

export interface Wording {
  locale: string;
  yes: string;
  no: string;
  names: NameBook;
}

export interface Options {
  money?: boolean;
  unit?: string;
}

export const isFiles = (field: Field): boolean => field.type === 'array' && field.format === 'files';
export const isRows = (field: Field): boolean => field.type === 'array' && !isFiles(field) && field.items?.type === 'object';
/** person or unit, of one value or several; '' for any other field. */
export function pickOf(field: Field): '' | 'person' | 'unit' {
  const format = field.type === 'array' ? field.items?.format : field.format;
  return format === 'person' || format === 'unit' ? format : '';
}

export function choicesOf(field: Field): { value: unknown; label: string }[] {
  if (field.oneOf) return field.oneOf.map((one) => ({ value: one.const, label: one.title ?? String(one.const) }));
  return (field.enum ?? []).map((value) => ({ value, label: String(value) }));
}

export function filesOf(value: unknown): FormFile[] {
  return Array.isArray(value) ? value.filter((one): one is FormFile => typeof (one as FormFile | null)?.media_id === 'string') : [];
}

const MONEY = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const PLAIN = new Intl.NumberFormat('en-US', { maximumFractionDigits: 6 });
export const moneyText = (value: number): string => `¥ ${MONEY.format(value)}`;

function oneText(field: Field, value: unknown, words: Wording, options: Options): string {
  if (value === undefined || value === null || value === '') return '';
  const choice = choicesOf(field).find((one) => one.value === value);
  if (choice) return choice.label;
  const pick = pickOf(field);
  if (pick) return words.names[pick](String(value));
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  if (typeof value === 'number') {
    if (options.money) return moneyText(value);
    return options.unit ? `${PLAIN.format(value)} ${options.unit}` : PLAIN.format(value);
  }
  const text = String(value);
  if (field.format === 'date' && /^\d{4}-\d{2}-\d{2}/.test(text)) return monthDay(toMs(text.slice(0, 10)), words.locale);
  if (field.format === 'date-time' && Number.isFinite(Date.parse(text))) return fullTime(text);
  return text;
}

export function valueText(field: Field, value: unknown, words: Wording, options: Options = {}): string {
  if (!Array.isArray(value)) return oneText(field, value, words, options);
  const joiner = words.locale === 'en' ? ', ' : '、';
  if (isFiles(field)) return filesOf(value).map((one) => one.name).join(joiner);
  return value.map((one) => oneText(field.items ?? {}, one, words, options)).filter(Boolean).join(joiner);
}

/** Long texts take a line of their own. */
export const isLong = (field: Field, value: unknown): boolean => isRows(field) || (typeof value === 'string' && (value.length > 24 || value.includes('\n')));
