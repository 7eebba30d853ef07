/** Which control draws which field; the surest match wins. */
import { isControl, type JsonFormsRendererRegistryEntry, type JsonSchema, rankWith, schemaMatches, type Tester, type UISchemaElement, uiTypeIs } from '@jsonforms/core';
import { markRaw } from 'vue';

import type { Field } from '../types';
import { choicesOf, isFiles, isRows, pickOf } from '../values';
import ChecksField from './ChecksField.vue';
import ChoiceField from './ChoiceField.vue';
import FilesField from './FilesField.vue';
import FormLayout from './FormLayout.vue';
import NumberField from './NumberField.vue';
import PersonField from './PersonField.vue';
import RowsField from './RowsField.vue';
import TextField from './TextField.vue';
import TickField from './TickField.vue';
import UnitField from './UnitField.vue';

const when = (test: (field: Field) => boolean): Tester => {
  const matches = schemaMatches((schema: JsonSchema) => test(schema as unknown as Field));
  return (ui: UISchemaElement, schema, context) => isControl(ui) && matches(ui, schema, context);
};

export const renderers: JsonFormsRendererRegistryEntry[] = [
  { tester: rankWith(1, when((field) => field.type === 'string' || field.type === undefined)), renderer: markRaw(TextField) },
  { tester: rankWith(2, when((field) => field.type === 'number' || field.type === 'integer')), renderer: markRaw(NumberField) },
  { tester: rankWith(2, when((field) => field.type === 'boolean')), renderer: markRaw(TickField) },
  { tester: rankWith(3, when((field) => field.type !== 'array' && choicesOf(field).length > 0)), renderer: markRaw(ChoiceField) },
  { tester: rankWith(3, when((field) => field.type === 'array' && choicesOf(field.items ?? {}).length > 0)), renderer: markRaw(ChecksField) },
  { tester: rankWith(3, when(isRows)), renderer: markRaw(RowsField) },
  { tester: rankWith(4, when((field) => pickOf(field) === 'person')), renderer: markRaw(PersonField) },
  { tester: rankWith(4, when((field) => pickOf(field) === 'unit')), renderer: markRaw(UnitField) },
  { tester: rankWith(5, when(isFiles)), renderer: markRaw(FilesField) },
  { tester: rankWith(1, uiTypeIs('VerticalLayout')), renderer: markRaw(FormLayout) },
  { tester: rankWith(1, uiTypeIs('HorizontalLayout')), renderer: markRaw(FormLayout) },
  { tester: rankWith(1, uiTypeIs('Group')), renderer: markRaw(FormLayout) },
];
