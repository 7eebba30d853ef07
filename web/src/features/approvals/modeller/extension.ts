/** What the platform keeps beside an element of a drawing: read from its extension, and written as it was read. */

/** An element of the model as bpmn-moddle gives it; only what is used here. */
export interface Moddle {
  $type: string;
  id?: string;
  name?: string;
  $parent?: Moddle;
  get: (name: string) => unknown;
  set: (name: string, value: unknown) => void;
  $instanceOf?: (type: string) => boolean;
}

export interface Factory {
  create: (type: string, attributes?: Record<string, unknown>) => Moddle;
}

export const ASSIGNEE_KINDS = ['relation', 'role', 'starter', 'person', 'post', 'field', 'decision'] as const;
export type AssigneeKind = (typeof ASSIGNEE_KINDS)[number];
export const RELATIONS = ['unit_head', 'superior_head', 'leader_in_charge', 'handler', 'liaison', 'office', 'same_region', 'same_field'] as const;
export const TASK_KINDS = ['approve', 'read', 'fill', 'number', 'seal', 'distribute', 'register'] as const;
export const MODES = ['one', 'any', 'all', 'percentage'] as const;
export const OPINIONS = ['on_refusal', 'true', 'false'] as const;
export const SERVICES = ['number', 'distribute', 'create_items', 'archive', 'notify'] as const;

export interface Assignee {
  kind: AssigneeKind;
  role: string;
  relation: string;
  of: string;
  unit: string;
  field: string;
  post: string;
  person: string;
}

export interface TaskRules {
  kind: (typeof TASK_KINDS)[number];
  assignees: Assignee[];
  mode: (typeof MODES)[number];
  order: 'parallel' | 'sequential';
  percent: number;
  veto: boolean;
  opinion: (typeof OPINIONS)[number];
  reading: boolean;
  returns: string[];
}

export const blankAssignee = (): Assignee => ({ kind: 'relation', role: '', relation: 'unit_head', of: 'starter', unit: '', field: '', post: '', person: '' });
export const blankRules = (): TaskRules => ({ kind: 'approve', assignees: [], mode: 'one', order: 'parallel', percent: 60, veto: false, opinion: 'on_refusal', reading: false, returns: [] });

const text = (value: unknown): string => (typeof value === 'string' ? value : value === undefined || value === null ? '' : String(value));

function within<T extends string>(value: string, known: readonly T[], other: T): T {
  return known.find((one) => one === value) ?? other;
}

export function valuesOf(element: Moddle): Moddle[] {
  const holder = element.get('extensionElements') as Moddle | undefined;
  return (holder?.get('values') as Moddle[] | undefined) ?? [];
}

export function readRules(element: Moddle): TaskRules {
  const rules = blankRules();
  for (const value of valuesOf(element)) {
    const of = (name: string): string => text(value.get(name));
    switch (value.$type) {
      case 'tz:Assignee':
        rules.assignees.push({ kind: within(of('kind'), ASSIGNEE_KINDS, 'relation'), role: of('role'), relation: of('relation'), of: of('of') || 'starter', unit: of('unit'), field: of('field'), post: of('post'), person: of('person') });
        break;
      case 'tz:Sign':
        rules.mode = within(of('mode'), MODES, 'one');
        rules.order = of('order') === 'sequential' ? 'sequential' : 'parallel';
        rules.percent = Number(of('percent')) || 60;
        rules.veto = of('veto') === 'true';
        break;
      case 'tz:Opinion':
        rules.opinion = within(of('required'), OPINIONS, 'on_refusal');
        break;
      case 'tz:Reading':
        rules.reading = of('required') === 'true';
        break;
      case 'tz:Kind':
        rules.kind = within(of('value'), TASK_KINDS, 'approve');
        break;
      case 'tz:Returns':
        rules.returns = of('to').split(/\s+/).filter(Boolean);
        break;
    }
  }
  return rules;
}

/** Only what the kind of assignee reads. */
function attributesOf(one: Assignee): Record<string, string> {
  const of: Record<string, string> = one.of === 'starter' ? {} : { of: one.of };
  const unit: Record<string, string> = one.unit ? { unit: one.unit } : {};
  switch (one.kind) {
    case 'relation':
      return { kind: one.kind, relation: one.relation, ...of };
    case 'role':
      return { kind: one.kind, role: one.role, ...(one.unit ? unit : of) };
    case 'post':
      return { kind: one.kind, post: one.post, ...unit };
    case 'person':
      return { kind: one.kind, person: one.person };
    case 'field':
    case 'decision':
      return { kind: one.kind, field: one.field };
    default:
      return { kind: one.kind };
  }
}

/** The values of the extension after the rules were changed; what is not ours stays where it was. */
export function writeRules(factory: Factory, element: Moddle, rules: TaskRules): Moddle[] {
  const others = valuesOf(element).filter((value) => !/^tz:(Assignee|Sign|Opinion|Reading|Kind|Returns)$/.test(value.$type));
  const made: Moddle[] = [];
  if (rules.kind !== 'approve') made.push(factory.create('tz:Kind', { value: rules.kind }));
  made.push(...rules.assignees.map((one) => factory.create('tz:Assignee', attributesOf(one))));
  if (rules.mode !== 'one') {
    const sequential = rules.order === 'sequential' ? { order: 'sequential' } : {};
    const percent = rules.mode === 'percentage' ? { percent: String(rules.percent) } : {};
    made.push(factory.create('tz:Sign', { mode: rules.mode, ...sequential, ...percent, ...(rules.veto ? { veto: 'true' } : {}) }));
  }
  if (rules.opinion !== 'on_refusal') made.push(factory.create('tz:Opinion', { required: rules.opinion }));
  if (rules.reading) made.push(factory.create('tz:Reading', { required: 'true' }));
  if (rules.returns.length > 0) made.push(factory.create('tz:Returns', { to: rules.returns.join(' ') }));
  return [...others, ...made];
}

export function serviceOf(element: Moddle): string {
  return text(valuesOf(element).find((value) => value.$type === 'tz:Service')?.get('name'));
}

export function writeService(factory: Factory, element: Moddle, name: string): Moddle[] {
  const others = valuesOf(element).filter((value) => value.$type !== 'tz:Service');
  return name ? [...others, factory.create('tz:Service', { name })] : others;
}

/** The table that a business rule task asks, in SpiffWorkflow's own extension. */
export const SPIFF = 'http://spiffworkflow.org/bpmn/schema/1.0/core';
const isDecision = (value: Moddle): boolean => /:calledDecisionId$/.test(value.$type);

export function decisionOf(element: Moddle): string {
  const found = valuesOf(element).find(isDecision) as (Moddle & { $body?: string }) | undefined;
  return text(found?.$body).trim();
}
export const withoutDecision = (element: Moddle): Moddle[] => valuesOf(element).filter((value) => !isDecision(value));
