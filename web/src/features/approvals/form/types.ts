/** The form of a process, as `form.json` has it (docs/forms.md). */
import type { JsonSchema, UISchemaElement } from '@jsonforms/core';

export type FieldRight = 'write' | 'read' | 'hidden';
export type FormData = Record<string, unknown>;

export interface Field {
  type?: string;
  title?: string;
  description?: string;
  format?: string;
  enum?: unknown[];
  oneOf?: { const?: unknown; title?: string }[];
  items?: Field;
  properties?: Record<string, Field>;
  required?: string[];
  [key: string]: unknown;
}

export interface FormSchema extends Field {
  properties: Record<string, Field>;
}

export interface FormDefinition {
  schema: FormSchema;
  ui?: UISchemaElement | undefined;
  calculated?: Record<string, string> | undefined;
}

/** A file of a form: uploaded before the form is sent, named by its media id. */
export interface FormFile {
  media_id: string;
  name: string;
  size?: number | undefined;
  mimetype?: string | undefined;
}

/** What the server answers holds JSON of any shape; a form without properties is an empty one. */
export function readForm(raw: unknown): FormDefinition {
  const form = (raw ?? {}) as Partial<FormDefinition>;
  const schema = (form.schema ?? {}) as Partial<FormSchema>;
  const hasUi = form.ui && typeof (form.ui as { type?: unknown }).type === 'string';
  return {
    schema: { ...schema, type: 'object', properties: schema.properties ?? {} },
    ui: hasUi ? form.ui : undefined,
    calculated: form.calculated ?? {},
  };
}

export const asJsonSchema = (field: Field): JsonSchema => field as unknown as JsonSchema;
