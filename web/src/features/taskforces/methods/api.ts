/** REST of a force's methods: problems, goals, meetings, rankings, experts. */
import { http } from '@/api/http';
import type { Page, Schemas } from '@/api/types';

export type Problem = Schemas['HardProblemOut'];
export type ProblemDetail = Schemas['ProblemDetailOut'];
export type GoalSheet = Schemas['GoalSheetOut'];
export type Goal = Schemas['GoalOut'];
export type Meeting = Schemas['MeetingOut'];
export type MeetingPlan = Schemas['PlanOut'];
export type Edition = Schemas['EditionOut'];
export type RankLine = Schemas['RankLineOut'];
export type RankingSwitch = Schemas['SwitchOut'];
export type Experts = Schemas['ExpertsOut'];
export type Review = Schemas['ReviewOut'];

const force = (id: string, rest: string): string => `/taskforces/${encodeURIComponent(id)}${rest}`;

export const fetchProblems = (id: string, state = ''): Promise<Page<Problem>> =>
  http.get<Page<Problem>>(force(id, '/problems'), state ? { state } : {});
export const fetchProblem = (id: string): Promise<ProblemDetail> => http.get<ProblemDetail>(`/problems/${encodeURIComponent(id)}`);
export const fetchGoals = (id: string): Promise<GoalSheet> => http.get<GoalSheet>(force(id, '/goals'));
export const fetchMeetings = (id: string): Promise<Page<Meeting>> => http.get<Page<Meeting>>(force(id, '/meetings'));
export const fetchPlan = (id: string): Promise<MeetingPlan> => http.get<MeetingPlan>(force(id, '/meeting-plan'));
export const fetchEditions = (id: string): Promise<Page<Edition>> => http.get<Page<Edition>>(force(id, '/rankings'));
export const fetchSwitch = (id: string): Promise<RankingSwitch> => http.get<RankingSwitch>(force(id, '/ranking-switch'));
export const fetchExperts = (id: string): Promise<Experts> => http.get<Experts>(force(id, '/experts'));
export const fetchReviews = (id: string): Promise<Page<Review>> => http.get<Page<Review>>(force(id, '/reviews'));

/** Any deed of these pages; the answer's sentence, where there is one, is shown to the person. */
export const deedOf = (path: string, body: unknown, key: string): Promise<{ message?: string }> =>
  http.post<{ message?: string }>(path, body, { idempotencyKey: key });

export const weeklyUrl = (id: string): string => `/api/v1${force(id, '/weekly.docx')}`;
export const editionUrl = (id: string): string => `/api/v1/rankings/${encodeURIComponent(id)}.csv`;
