/** REST of sources as their operators and readers use it. */
import { http } from '@/api/http';
import type { Page, Schemas } from '@/api/types';

export type Settings = Schemas['SourceSettingsOut'];
export type SettingsIn = Schemas['SourceSettings'];
export type Trial = Schemas['SourceTrialOut'];
export type Side = Schemas['TrialSideOut'];
export type Intake = Schemas['IntakeOut'];
export type Payload = Schemas['PayloadOut'];
export type Again = Schemas['AgainOut'];
export type Replay = Schemas['SourceReplayOut'];
export type Subscription = Schemas['SubscriptionOut'];
export type Threshold = Schemas['ThresholdOut'];
export type Alert = Schemas['AlertOut'];
export type AlertDetail = Schemas['AlertDetailOut'];
export type SourceRecord = Schemas['RecordOut'];
export type SourceRecordDetail = Schemas['RecordDetailOut'];
export type History = Schemas['MetricHistoryOut'];
export type Connector = Schemas['ConnectorOut'];
export type Run = Schemas['RunOut'];
export type Subject = Schemas['SubjectOut'];
export type Rule = Schemas['AlertRuleOut'];
export type RuleIn = Schemas['AlertRuleIn'];
export type ThresholdIn = Schemas['ThresholdIn'];
export type Preview = Schemas['PreviewOut'];
export type Quantity = Schemas['SourceMetricOut'];
export type Value = Schemas['ValueOut'];
export type Entered = Schemas['EnteredOut'];
export type EntryForm = Schemas['EntryFormOut'];
export type EntryRow = Schemas['EntryRowIn'];
export type Series = Schemas['SeriesOut'];

const part = encodeURIComponent;
const of = (id: string, rest = ''): string => `/connectors/${part(id)}${rest}`;
const PATIENCE_MS = 60_000;

export const fetchSettings = (id: string): Promise<Settings> => http.get<Settings>(of(id));
export const createSource = (key: string, body: SettingsIn): Promise<{ id: string }> => http.post('/connectors', { ...body, key });
export const changeSource = (id: string, body: SettingsIn): Promise<Settings> => http.put<Settings>(of(id), body);
export const pauseSource = (id: string, reason: string): Promise<Settings> => http.post<Settings>(of(id, '/pause'), { reason });
export const resumeSource = (id: string): Promise<Settings> => http.post<Settings>(of(id, '/resume'), {});
export const removeSource = (id: string, reason: string): Promise<void> => http.post(of(id, '/remove'), { reason });
export const tryOut = (body: { settings: SettingsIn; connector_id?: string | null; sample?: string | null }): Promise<Trial> =>
  http.post<Trial>('/connectors/trial', body, { timeout: PATIENCE_MS });
export const fetchActivity = async (): Promise<Schemas['ActivityOut'][]> => (await http.get<Page<Schemas['ActivityOut']>>('/connectors/activity')).items;

export const fetchIntake = (id: string, bad: boolean, cursor?: string): Promise<Page<Intake>> => http.get<Page<Intake>>(of(id, '/intake'), { bad, cursor });
export const fetchPayload = (id: string, intake: string): Promise<Payload> => http.get<Payload>(of(id, `/intake/${part(intake)}`));
export const replayOne = (id: string, intake: string): Promise<Again> => http.post<Again>(of(id, `/intake/${part(intake)}/replay`), {});
export const fetchReplays = async (id: string): Promise<Replay[]> => (await http.get<Page<Replay>>(of(id, '/replays'))).items;
export const startReplay = (id: string, body: Schemas['SourceReplayIn']): Promise<Replay> => http.post<Replay>(of(id, '/replays'), body);

export const fetchSubscriptions = async (id: string): Promise<Subscription[]> => (await http.get<Page<Subscription>>(of(id, '/subscriptions'))).items;
export const subscribe = (id: string, body: Schemas['SubscriptionIn']): Promise<Subscription> => http.put<Subscription>(of(id, '/subscriptions'), body);
export const unsubscribe = (id: string, room: string): Promise<void> => http.delete(of(id, `/subscriptions/${part(room)}`));

export const fetchConnectors = async (): Promise<Connector[]> => (await http.get<Page<Connector>>('/connectors')).items;
export const fetchRuns = async (id: string): Promise<Run[]> => (await http.get<Page<Run>>(of(id, '/runs'))).items;
export const fetchSubjects = async (id: string): Promise<Subject[]> => (await http.get<Page<Subject>>(of(id, '/subjects'))).items;
export const fetchQuantities = async (id: string): Promise<Quantity[]> => (await http.get<Page<Quantity>>(of(id, '/metrics'))).items;

export const fetchThresholds = async (id: string): Promise<Threshold[]> => (await http.get<Page<Threshold>>(of(id, '/thresholds'))).items;
export const putThreshold = (id: string, body: ThresholdIn): Promise<Threshold> => http.put<Threshold>(of(id, '/thresholds'), body);
export const previewThreshold = (id: string, body: ThresholdIn): Promise<Preview> => http.post<Preview>(of(id, '/thresholds/preview'), body);
export const deleteThreshold = (table: string): Promise<void> => http.delete(`/connectors/thresholds/${part(table)}`);
export const fetchRules = async (id: string): Promise<Rule[]> => (await http.get<Page<Rule>>(of(id, '/rules'))).items;
export const putRule = (id: string, rule: string | null, body: RuleIn): Promise<Rule> =>
  rule ? http.put<Rule>(of(id, `/rules/${part(rule)}`), body) : http.post<Rule>(of(id, '/rules'), body);
export const previewRule = (id: string, body: RuleIn): Promise<Preview> => http.post<Preview>(of(id, '/rules/preview'), body);
export const deleteRule = (rule: string): Promise<void> => http.delete(`/connectors/rules/${part(rule)}`);

export const fetchAlerts = (query: { state: string; level?: string; cursor?: string | undefined }): Promise<Page<Alert>> => http.get<Page<Alert>>('/connectors/alerts', query);
export const fetchAlert = (id: string): Promise<AlertDetail> => http.get<AlertDetail>(`/connectors/alerts/${part(id)}`);
export const acknowledge = (id: string): Promise<AlertDetail> => http.post<AlertDetail>(`/connectors/alerts/${part(id)}/acknowledge`, {});
export const mute = (id: string, until: string | null): Promise<AlertDetail> => http.post<AlertDetail>(`/connectors/alerts/${part(id)}/mute`, { until });

export interface RecordAsk {
  connector: string;
  state: string;
  unit: string;
  overdue: boolean;
}
const recordQuery = (ask: RecordAsk): Record<string, string | boolean | undefined> => ({ connector: ask.connector || undefined, state: ask.state || undefined, unit: ask.unit || undefined, overdue: ask.overdue || undefined });
export const fetchRecords = (ask: RecordAsk, cursor?: string): Promise<Page<SourceRecord>> => http.get<Page<SourceRecord>>('/connectors/records', { ...recordQuery(ask), cursor });
export function recordsUrl(ask: RecordAsk): string {
  const words = new URLSearchParams(Object.entries(recordQuery(ask)).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));
  return `/api/v1/connectors/records.xlsx?${words.toString()}`;
}
export const fetchRecord = (id: string): Promise<SourceRecordDetail> => http.get<SourceRecordDetail>(`/connectors/records/${part(id)}`);
export const sendResult = (id: string, key: string, result: Record<string, string>): Promise<Schemas['WriteBackOut']> =>
  http.post(`/connectors/records/${part(id)}/results`, { key, result });

export const fetchSeries = (subject: string, metric: string | undefined, hours: number): Promise<Series> =>
  http.get<Series>(`/connectors/subjects/${part(subject)}/series`, { metric, hours });
export const fetchValues = (subject: string, metric: string, since: string, cursor?: string): Promise<Page<Value>> =>
  http.get<Page<Value>>(`/connectors/subjects/${part(subject)}/values`, { metric, since, cursor });

export const fetchEntryForms = async (): Promise<EntryForm[]> => (await http.get<Page<EntryForm>>('/connectors/entries/forms')).items;
export const fetchEntered = (id: string, cursor?: string): Promise<Page<Entered>> => http.get<Page<Entered>>(of(id, '/entries'), { cursor });
export const enterValues = (id: string, rows: EntryRow[]): Promise<Schemas['ValueEntryOut']> => http.post(of(id, '/entries'), { rows });
