/** One control of JSON Forms as our fields want it. */
import type { ControlElement } from '@jsonforms/core';
import { useJsonFormsControl } from '@jsonforms/vue';
import { computed } from 'vue';

import { useFormContext } from '../context';
import type { Field } from '../types';

export type ControlProps = Parameters<typeof useJsonFormsControl>[0];

export function useField(props: unknown) {
  const context = useFormContext();
  const { control, handleChange } = useJsonFormsControl(props as ControlProps);
  const name = computed(() => control.value.path);
  const id = computed(() => `${context.prefix}-${name.value.replace(/[^\w-]/g, '_')}`);
  const field = computed(() => control.value.schema as unknown as Field);
  const options = computed(() => ((control.value.uischema as ControlElement).options ?? {}) as Record<string, unknown>);
  const isDue = computed(() => context.isAsked.value || context.touched.has(name.value));
  const refused = computed(() => context.refused.value[name.value] ?? '');
  const error = computed(() => refused.value || (isDue.value ? (control.value.errors.split('\n')[0] ?? '') : ''));

  /** Nothing is undefined, so that `required` sees it. */
  function change(value: unknown): void {
    handleChange(control.value.path, value === '' || value === null ? undefined : value);
  }
  const leave = (): void => void context.touched.add(name.value);
  return { control, name, id, field, options, error, change, leave, context };
}

export type FieldState = ReturnType<typeof useField>;
