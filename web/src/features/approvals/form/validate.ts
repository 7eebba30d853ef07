/**
 * JSON Forms asks an ajv for its errors; ajv builds functions from text, which the policy forbids. This has the part of
 * ajv that JSON Forms uses, over a validator that only reads the schema. Messages are sentences of ours.
 */
import { type OutputUnit, type Schema, Validator } from '@cfworker/json-schema';

import type { Field } from './types';

export type Words = (key: string, values?: Record<string, unknown>) => string;

/** The shape of ajv's errors, as far as it is read. */
export interface FormError {
  instancePath: string;
  schemaPath: string;
  keyword: string;
  message: string;
  params: Record<string, unknown>;
  /** The schema that holds the keyword. */
  parentSchema: Field;
}

interface Check {
  (data: unknown): boolean;
  errors: FormError[] | null;
}

/** Those that only say that something below them is wrong. */
const WRAPPERS = new Set(['properties', 'items', 'prefixItems', 'allOf', '$ref', 'then', 'else', 'if', 'dependentSchemas', 'patternProperties', 'contains', 'unevaluatedProperties']);

const plain = (path: string): string => path.replace(/^#/, '');
const unescaped = (part: string): string => decodeURIComponent(part).replace(/~1/g, '/').replace(/~0/g, '~');
const partsOf = (path: string): string[] => plain(path).split('/').filter(Boolean).map(unescaped);

function at(root: unknown, path: string): unknown {
  return partsOf(path).reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], root);
}

/** The schema that holds the keyword. */
function holderOf(schema: unknown, unit: OutputUnit): Field {
  const parts = partsOf(unit.keywordLocation);
  const path = parts.slice(0, -1);
  return (path.reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], schema) ?? {}) as Field;
}

function sentence(keyword: string, field: Field, t: Words): string {
  const limit = field[keyword];
  switch (keyword) {
    case 'minLength':
      return limit === 1 ? t('approvals.form.required') : t('approvals.form.minLength', { n: limit });
    case 'maxLength':
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
    case 'multipleOf':
    case 'maxItems':
      return t(`approvals.form.${keyword}`, { n: limit });
    case 'minItems':
      return limit === 1 ? t('approvals.form.required') : t('approvals.form.minItems', { n: limit });
    case 'format':
      return t(`approvals.form.format.${['date', 'date-time', 'time', 'email', 'uri'].includes(String(limit)) ? String(limit) : 'other'}`);
    case 'pattern':
      return typeof field['patternHint'] === 'string' ? field['patternHint'] : t('approvals.form.pattern');
    case 'enum':
    case 'const':
    case 'oneOf':
    case 'anyOf':
      return t('approvals.form.choice');
    case 'uniqueItems':
      return t('approvals.form.unique');
    case 'type':
      return field.type === 'integer' ? t('approvals.form.integer') : field.type === 'number' ? t('approvals.form.number') : t('approvals.form.wrong');
    default:
      return t('approvals.form.wrong');
  }
}

function errorsOf(units: readonly OutputUnit[], schema: unknown, data: unknown, t: Words): FormError[] {
  const found: FormError[] = [];
  const seen = new Set<string>();
  // Below a choice that does not fit, each branch complains of its own; one sentence is enough.
  const choices = units.filter((unit) => unit.keyword === 'oneOf' || unit.keyword === 'anyOf' || unit.keyword === 'not').map((unit) => unit.keywordLocation);
  const add = (unit: OutputUnit, parentSchema: Field, params: Record<string, unknown>, message: string): void => {
    const instancePath = plain(unit.instanceLocation);
    const key = `${instancePath} ${unit.keyword} ${JSON.stringify(params)}`;
    if (seen.has(key)) return;
    seen.add(key);
    found.push({ instancePath, schemaPath: unit.keywordLocation, keyword: unit.keyword, params, message, parentSchema });
  };
  for (const unit of units) {
    if (WRAPPERS.has(unit.keyword)) continue;
    if (choices.some((place) => unit.keywordLocation !== place && unit.keywordLocation.startsWith(`${place}/`))) continue;
    const holder = holderOf(schema, unit);
    if (unit.keyword !== 'required') {
      add(unit, holder, {}, sentence(unit.keyword, holder, t));
      continue;
    }
    const value = (at(data, unit.instanceLocation) ?? {}) as Record<string, unknown>;
    for (const name of holder.required ?? []) {
      if (!(name in value)) add(unit, holder, { missingProperty: name }, t('approvals.form.required'));
    }
  }
  return found;
}

/** Undefined values are not there, as they will not be when the form is sent. */
const sent = <T>(value: T): T => (value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T));

/** What is not there fits only a schema that asks for nothing, as with ajv. */
function fitsNothing(schema: Field): boolean {
  if (schema['not']) return !fitsNothing(schema['not'] as Field);
  return !['const', 'enum', 'type', 'oneOf', 'anyOf', 'minimum', 'pattern', 'minLength'].some((keyword) => keyword in schema);
}

export function makeChecker(t: Words): { compile: (schema: unknown) => Check; validate: (schema: unknown, data: unknown) => boolean } {
  const known = new Map<string, Check>();
  function compile(schema: unknown): Check {
    const text = JSON.stringify(schema);
    const kept = known.get(text);
    if (kept) return kept;
    const copy = JSON.parse(text) as Schema;
    const validator = new Validator(copy, '2020-12', false);
    const check = ((data: unknown) => {
      const value = sent(data);
      const result = value === undefined ? { valid: fitsNothing(copy as Field), errors: [] } : validator.validate(value);
      check.errors = result.valid ? null : errorsOf(result.errors, schema, value, t);
      return result.valid;
    }) as Check;
    check.errors = null;
    known.set(text, check);
    return check;
  }
  return { compile, validate: (schema, data) => compile(schema)(data) };
}

export type Checker = ReturnType<typeof makeChecker>;

/** Field name → what is wrong with it, in the order of the form. */
export function complaints(checker: Checker, schema: { properties: Record<string, unknown> }, data: unknown): Record<string, string> {
  const check = checker.compile(schema);
  check(data);
  const all: Record<string, string> = {};
  for (const error of check.errors ?? []) {
    const name = partsOf(error.instancePath)[0] ?? String(error.params['missingProperty'] ?? '');
    if (name && !(name in all)) all[name] = error.message;
  }
  return Object.fromEntries(Object.keys(schema.properties).filter((name) => name in all).map((name) => [name, all[name] ?? '']));
}
