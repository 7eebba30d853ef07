/** What of a form is shown at a node, and what of it may be filled in there. Pure. */
import type { UISchemaElement } from '@jsonforms/core';

import type { FieldRight, FormDefinition, FormSchema } from './types';

export type Rights = Record<string, FieldRight>;

interface UiNode {
  type: string;
  elements?: UiNode[];
  scope?: string;
  options?: Record<string, unknown>;
}

export const nameOf = (scope: string | undefined): string => scope?.replace(/^#\/properties\//, '').split('/')[0] ?? '';

/** A layout in the order of the schema, where the form has none. */
export function plainLayout(schema: FormSchema): UISchemaElement {
  return { type: 'VerticalLayout', elements: Object.keys(schema.properties).map((name) => ({ type: 'Control', scope: `#/properties/${name}` })) } as unknown as UISchemaElement;
}

function pruned(node: UiNode, keep: (name: string) => boolean, readOnly: (name: string) => boolean): UiNode | null {
  if (node.type === 'Control') {
    const name = nameOf(node.scope);
    if (!keep(name)) return null;
    return readOnly(name) ? { ...node, options: { ...node.options, readonly: true } } : node;
  }
  if (!node.elements) return node;
  const elements = node.elements.map((one) => pruned(one, keep, readOnly)).filter((one): one is UiNode => one !== null);
  return elements.length > 0 ? { ...node, elements } : null;
}

/** The names that the layout shows, in its order; a field that it leaves out is not shown. */
export function orderOf(form: FormDefinition): string[] {
  const names: string[] = [];
  const walk = (node: UiNode): void => {
    if (node.type === 'Control') names.push(nameOf(node.scope));
    node.elements?.forEach(walk);
  };
  walk((form.ui ?? plainLayout(form.schema)) as unknown as UiNode);
  return names.filter((name, index) => name in form.schema.properties && names.indexOf(name) === index);
}

/** The part to fill in: fields of right `write` and what is worked out from them, each still checked as the schema has it. */
export function writablePart(form: FormDefinition, rights: Rights): FormDefinition | null {
  const worked = new Set(Object.keys(form.calculated ?? {}));
  const mayWrite = (name: string): boolean => rights[name] === 'write' && name in form.schema.properties;
  const names = Object.keys(form.schema.properties).filter(mayWrite);
  if (names.filter((name) => !worked.has(name)).length === 0) return null;
  const ui = pruned((form.ui ?? plainLayout(form.schema)) as unknown as UiNode, mayWrite, (name) => worked.has(name));
  // Rules over the whole form stay out: they may complain of a field that cannot be changed here.
  return {
    ...form,
    schema: {
      type: 'object',
      properties: Object.fromEntries(names.map((name) => [name, form.schema.properties[name] ?? {}])),
      required: (form.schema.required ?? []).filter((name) => mayWrite(name) && !worked.has(name)),
    },
    ui: (ui as unknown as UISchemaElement | null) ?? undefined,
  };
}

export function shownNames(form: FormDefinition, rights: Rights): string[] {
  return orderOf(form).filter((name) => rights[name] !== 'hidden');
}
