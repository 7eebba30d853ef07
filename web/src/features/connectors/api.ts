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
export const subscribe = (id: string, room: string, codes: string[]): Promise<Subscription> => http.put<Subscription>(of(id, '/subscriptions'), { room_id: room, codes });
export const unsubscribe = (id: string, room: string): Promise<void> => http.delete(of(id, `/subscriptions/${part(room)}`));

export const fetchThresholds = async (id: string): Promise<Threshold[]> => (await http.get<Page<Threshold>>(of(id, '/thresholds'))).items;
export const putThreshold = (id: string, body: Schemas['ThresholdIn']): Promise<Threshold> => http.put<Threshold>(of(id, '/thresholds'), body);
export const deleteThreshold = (table: string): Promise<void> => http.delete(`/connectors/thresholds/${part(table)}`);

export const fetchAlerts = (query: { state: string; level?: string; cursor?: string | undefined }): Promise<Page<Alert>> => http.get<Page<Alert>>('/connectors/alerts', query);
export const fetchAlert = (id: string): Promise<AlertDetail> => http.get<AlertDetail>(`/connectors/alerts/${part(id)}`);
export const acknowledge = (id: string): Promise<AlertDetail> => http.post<AlertDetail>(`/connectors/alerts/${part(id)}/acknowledge`, {});
export const mute = (id: string, until: string | null): Promise<AlertDetail> => http.post<AlertDetail>(`/connectors/alerts/${part(id)}/mute`, { until });

export const fetchRecords = (cursor?: string): Promise<Page<SourceRecord>> => http.get<Page<SourceRecord>>('/connectors/records', { cursor });
export const fetchRecord = (id: string): Promise<SourceRecordDetail> => http.get<SourceRecordDetail>(`/connectors/records/${part(id)}`);

export const fetchSeries = (subject: string, metric: string | undefined, hours: number): Promise<Series> =>
  http.get<Series>(`/connectors/subjects/${part(subject)}/series`, { metric, hours });
