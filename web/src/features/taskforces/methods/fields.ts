/** One form as a list of fields, and what of it goes to the server. Pure. */
export type FieldKind = 'text' | 'area' | 'date' | 'datetime' | 'time' | 'number' | 'unit' | 'select' | 'many' | 'person' | 'switch';

export interface FieldSpec {
  key: string;
  label: string;
  kind: FieldKind;
  max?: number;
  optional?: boolean;
  hint?: string;
  options?: { value: string; label: string }[];
  start?: string;
}

export interface FormSpec {
  title: string;
  submit: string;
  path: string;
  fields: FieldSpec[];
  /** Added to the body. */
  fixed?: Record<string, unknown>;
  /** Shown above the fields. */
  note?: string;
}

export type Values = Record<string, string | string[]>;

export function blankOf(spec: FormSpec): Values {
  return Object.fromEntries(spec.fields.map((one) => [one.key, one.kind === 'many' ? [] : (one.start ?? '')]));
}

/** Keys of what is needed and empty. */
export function missing(spec: FormSpec, values: Values): string[] {
  return spec.fields.filter((one) => !one.optional && one.kind !== 'switch' && !isFilled(values[one.key])).map((one) => one.key);
}

function isFilled(value: string | string[] | undefined): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value?.trim());
}

export function bodyOf(spec: FormSpec, values: Values): Record<string, unknown> {
  const body: Record<string, unknown> = { ...spec.fixed };
  for (const field of spec.fields) {
    const value = values[field.key] ?? '';
    if (Array.isArray(value)) body[field.key] = value;
    else if (field.kind === 'switch') body[field.key] = value === 'yes';
    else if (value.trim() === '' && field.kind !== 'text' && field.kind !== 'area') continue;
    else if (field.kind === 'number') body[field.key] = Number(value);
    else if (field.kind === 'datetime') body[field.key] = `${value}:00+08:00`;
    else body[field.key] = value.trim();
  }
  return body;
}
