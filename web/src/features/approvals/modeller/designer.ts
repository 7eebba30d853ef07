/** Changes of a form's definition: each takes the whole of it and answers a new one; what has no line here stays. Pure. */
import type { Field } from '../form/types';
import { choicesOf, isFiles, isRows, pickOf } from '../form/values';

export type Form = Record<string, unknown>;
export const FIELD_KINDS = ['text', 'long', 'number', 'money', 'date', 'hour', 'choice', 'checks', 'tick', 'person', 'people', 'unit', 'units', 'files', 'rows'] as const;
export type FieldKind = (typeof FIELD_KINDS)[number];

interface Schema {
  properties?: Record<string, Field>;
  required?: string[];
  [key: string]: unknown;
}
interface UiNode {
  type?: string;
  scope?: string;
  label?: string;
  options?: Record<string, unknown>;
  elements?: UiNode[];
}

const schemaOf = (form: Form): Schema => (form['schema'] ?? { type: 'object' }) as Schema;
const propertiesOf = (form: Form): Record<string, Field> => schemaOf(form).properties ?? {};
const scopeOf = (name: string): string => `#/properties/${name}`;
const without = <T>(record: Record<string, T>, ...names: string[]): Record<string, T> => Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
const withSchema = (form: Form, part: Partial<Schema>): Form => ({ ...form, schema: { type: 'object', ...schemaOf(form), ...part } });

export const fieldsOf = (form: Form): { name: string; field: Field }[] => Object.entries(propertiesOf(form)).map(([name, field]) => ({ name, field }));

function mapUi(form: Form, change: (node: UiNode) => UiNode | null): Form {
  const walk = (node: UiNode): UiNode | null => {
    if (!node.elements) return change(node);
    return { ...node, elements: node.elements.map(walk).filter((one): one is UiNode => one !== null) };
  };
  const ui = form['ui'] as UiNode | undefined;
  return ui?.type ? { ...form, ui: walk(ui) } : form;
}

function optionsOf(form: Form, name: string): Record<string, unknown> {
  let found: Record<string, unknown> = {};
  mapUi(form, (node) => {
    if (node.scope === scopeOf(name)) found = node.options ?? {};
    return node;
  });
  return found;
}

export function kindOf(field: Field, form: Form, name: string): FieldKind {
  const options = optionsOf(form, name);
  if (isFiles(field)) return 'files';
  const pick = pickOf(field);
  if (pick) return field.type === 'array' ? (pick === 'person' ? 'people' : 'units') : pick;
  if (isRows(field)) return 'rows';
  if (field.type === 'array') return 'checks';
  if (choicesOf(field).length > 0) return 'choice';
  if (field.type === 'boolean') return 'tick';
  if (field.type === 'number' || field.type === 'integer') return options['money'] ? 'money' : 'number';
  if (field.format === 'date') return 'date';
  if (field.format === 'date-time') return 'hour';
  return options['multi'] ? 'long' : 'text';
}

const SHAPES: Record<FieldKind, Field> = {
  text: { type: 'string', maxLength: 200 },
  long: { type: 'string', maxLength: 2000 },
  number: { type: 'number' },
  money: { type: 'number', minimum: 0 },
  date: { type: 'string', format: 'date' },
  hour: { type: 'string', format: 'date-time' },
  choice: { type: 'string', enum: ['甲', '乙'] },
  checks: { type: 'array', uniqueItems: true, items: { type: 'string', enum: ['甲', '乙'] } },
  tick: { type: 'boolean' },
  person: { type: 'string', format: 'person' },
  people: { type: 'array', uniqueItems: true, items: { type: 'string', format: 'person' } },
  unit: { type: 'string', format: 'unit' },
  units: { type: 'array', uniqueItems: true, items: { type: 'string', format: 'unit' } },
  files: { type: 'array', format: 'files', items: { type: 'object' }, maxItems: 20 },
  rows: { type: 'array', items: { type: 'object', properties: { name: { type: 'string', title: '名称' }, amount: { type: 'number', title: '数量' } } } },
};

export function setField(form: Form, name: string, field: Field): Form {
  const clean = Object.fromEntries(Object.entries(field).filter(([, value]) => value !== undefined)) as Field;
  const next = withSchema(form, { properties: { ...propertiesOf(form), [name]: clean } });
  // The layout may carry a label of its own, which would outdo the new one.
  return mapUi(next, (node) => (node.scope === scopeOf(name) && node.label !== undefined ? { ...node, label: clean.title ?? name } : node));
}

export function withKind(form: Form, name: string, kind: FieldKind): Form {
  const old = propertiesOf(form)[name] ?? {};
  const kept = { ...(old.title ? { title: old.title } : {}), ...(old.description ? { description: old.description } : {}) };
  const next = setField(form, name, { ...structuredClone(SHAPES[kind]), ...kept });
  return mapUi(next, (node) => {
    if (node.scope !== scopeOf(name)) return node;
    const options = { ...without(node.options ?? {}, 'multi', 'money'), ...(kind === 'long' ? { multi: true } : kind === 'money' ? { money: true } : {}) };
    const rest = without(node as Record<string, unknown>, 'options') as UiNode;
    return Object.keys(options).length > 0 ? { ...rest, options } : rest;
  });
}

export function blankField(form: Form, title: string): { form: Form; name: string } {
  let number = fieldsOf(form).length + 1;
  while (`field_${number}` in propertiesOf(form)) number += 1;
  const name = `field_${number}`;
  const next = setField(form, name, { ...SHAPES.text, title });
  const ui = next['ui'] as UiNode | undefined;
  const control: UiNode = { type: 'Control', scope: scopeOf(name) };
  const elements = ui?.elements ?? fieldsOf(form).map((one) => ({ type: 'Control', scope: scopeOf(one.name) }));
  return { form: { ...next, ui: { ...(ui?.type ? ui : { type: 'VerticalLayout' }), elements: [...elements, control] } }, name };
}

export function setRequired(form: Form, name: string, on: boolean): Form {
  const others = (schemaOf(form).required ?? []).filter((one) => one !== name);
  return withSchema(form, { required: on ? [...others, name] : others });
}

export function setFormula(form: Form, name: string, text: string): Form {
  const others = without((form['calculated'] ?? {}) as Record<string, string>, name);
  return { ...form, calculated: text.trim() ? { ...others, [name]: text.trim() } : others };
}

export function dropField(form: Form, name: string): Form {
  const properties = without(propertiesOf(form), name);
  const bare = setFormula(setRequired(form, name, false), name, '');
  return { ...mapUi(withSchema(bare, { properties }), (node) => (node.scope === scopeOf(name) ? null : node)), rights: rightsWithout(form, name) };
}

function rightsWithout(form: Form, name: string): Record<string, unknown> {
  const rights = (form['rights'] ?? {}) as Record<string, Record<string, unknown>>;
  return Object.fromEntries(Object.entries(rights).map(([node, fields]) => [node, Object.fromEntries(Object.entries(fields).filter(([field]) => field !== name))]));
}

/** Null when the name is taken or cannot be one. Formulas and conditions that speak of the old name are told by the lint. */
export function renameField(form: Form, name: string, to: string): Form | null {
  if (to === name || !/^[a-z][a-z0-9_]*$/.test(to) || to in propertiesOf(form)) return null;
  const rename = (key: string): string => (key === name ? to : key);
  const properties = Object.fromEntries(Object.entries(propertiesOf(form)).map(([key, field]) => [rename(key), field]));
  const rights = Object.fromEntries(
    Object.entries((form['rights'] ?? {}) as Record<string, Record<string, unknown>>).map(([node, fields]) => [node, Object.fromEntries(Object.entries(fields).map(([key, right]) => [rename(key), right]))]),
  );
  const calculated = Object.fromEntries(Object.entries((form['calculated'] ?? {}) as Record<string, string>).map(([key, text]) => [rename(key), text]));
  const next = withSchema({ ...form, rights, calculated }, { properties, required: (schemaOf(form).required ?? []).map(rename) });
  return mapUi(next, (node) => (node.scope === scopeOf(name) ? { ...node, scope: scopeOf(to) } : node));
}

/** Up or down, in the schema and where the layout has both beside one another. */
export function moveField(form: Form, name: string, by: 1 | -1): Form {
  const names = fieldsOf(form).map((one) => one.name);
  const at = names.indexOf(name);
  const other = names[at + by];
  if (other === undefined) return form;
  names[at + by] = name;
  names[at] = other;
  const next = withSchema(form, { properties: Object.fromEntries(names.map((one) => [one, propertiesOf(form)[one] ?? {}])) });
  const controls: UiNode[] = [];
  mapUi(next, (node) => {
    if (node.scope === scopeOf(name) || node.scope === scopeOf(other)) controls.push(node);
    return node;
  });
  const [first, second] = controls;
  if (!first || !second) return next;
  return mapUi(next, (node) => (node === first ? second : node === second ? first : node));
}
