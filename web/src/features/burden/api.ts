/** REST of 投诉建议 and of the monthly burden count. */
import { http } from '@/api/http';
import type { Schemas } from '@/api/types';

export type Feedback = Schemas['FeedbackOut'];
export type FeedbackPage = Schemas['FeedbackPageOut'];
export type FeedbackDone = Schemas['FeedbackAnswer'];
export type Burden = Schemas['BurdenOut'];
export type Count = Schemas['BurdenCountOut'];

export const fetchFeedback = (of: string, cursor?: string): Promise<FeedbackPage> => http.get<FeedbackPage>('/feedback', { of, cursor });

export const sayFeedback = (kind: string, text: string, page: string, key: string): Promise<FeedbackDone> =>
  http.post<FeedbackDone>('/feedback', { kind, text, page }, { idempotencyKey: key });

export const answerFeedback = (id: string, answer: string): Promise<FeedbackDone> => http.post<FeedbackDone>(`/feedback/${id}/answer`, { answer });

export const withdrawFeedback = (id: string): Promise<FeedbackDone> => http.post<FeedbackDone>(`/feedback/${id}/withdraw`);

export const fetchBurden = (month: string): Promise<Burden> => http.get<Burden>('/burden', month ? { month } : {});

export const exportUrl = (month: string): string => `/api/v1/burden/export.csv?month=${encodeURIComponent(month)}`;

export type ReportDraft = Schemas['ReportDraftOut'];

export const fetchReportDraft = (item: string): Promise<ReportDraft> => http.get<ReportDraft>(`/items/${encodeURIComponent(item)}/report-draft`);

export const reportSame = (item: string, key: string): Promise<Schemas['ItemAnswer']> =>
  http.post<Schemas['ItemAnswer']>(`/items/${encodeURIComponent(item)}/reports/same`, undefined, { idempotencyKey: key });
