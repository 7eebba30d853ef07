/** REST of the rules that people may write: reminder ladders, quiet hours, colour tables. */
import { http, randomId } from '@/api/http';
import type { Schemas } from '@/api/types';

export type Ladders = Schemas['LaddersOut'];
export type Ladder = Schemas['LadderOut'];
export type Step = Schemas['LadderStepOut'];
export type Policy = Schemas['ChasingPolicyOut'];
export type ColourRules = Schemas['RulesOut'];
export type ColourRule = Schemas['RuleOut'];

export const fetchLadders = (): Promise<Ladders> => http.get<Ladders>('/reminder-ladders');
export const saveLadder = (kind: string, steps: Step[]): Promise<Ladders> => http.put<Ladders>(`/reminder-ladders?kind=${encodeURIComponent(kind)}`, { steps });
export const savePolicy = (policy: Policy): Promise<Ladders> => http.put<Ladders>('/reminder-ladders/policy', policy);

export const fetchColourRules = (): Promise<ColourRules> => http.get<ColourRules>('/colour-rules');
export const addColourRule = (body: Schemas['RuleIn'], key = randomId('k')): Promise<ColourRule> => http.post<ColourRule>('/colour-rules', body, { idempotencyKey: key });
export const chooseColourRule = (body: Schemas['ChoiceIn']): Promise<ColourRules> => http.post<ColourRules>('/colour-rules/choices', body);
