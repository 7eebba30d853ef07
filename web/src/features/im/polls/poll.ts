/** A poll: its content when it is begun, and what the server tells of it. */
import { http, randomId } from '@/api/http';
import type { Content } from '@/live/frames';

export interface Poll {
  question: string;
  anonymous: boolean;
  disclosed: boolean;
  max_selections: number;
  deadline: number | null;
  ended: boolean;
  voters: number;
  mine: string[];
  can_end: boolean;
  answers: { id: string; text: string; count: number | null; people: string[] }[];
}

export interface NewPoll {
  question: string;
  answers: string[];
  isMultiple: boolean;
  isAnonymous: boolean;
  isHidden: boolean;
  deadline: number | null;
}

const path = (room: string, event: string, rest = ''): string => `/rooms/${encodeURIComponent(room)}/polls/${encodeURIComponent(event)}${rest}`;
export const fetchPoll = (room: string, event: string): Promise<Poll> => http.get<Poll>(path(room, event));
export const votePoll = (room: string, event: string, choices: string[]): Promise<Poll> => http.post<Poll>(path(room, event, '/votes'), { choices });
export const endPoll = (room: string, event: string): Promise<unknown> => http.post(path(room, event, '/end'), {});

/** Content of m.poll.start: Matrix's stable names, a text for clients without polls, ours for what Matrix lacks. */
export function pollContent(poll: NewPoll): Content {
  const answers = poll.answers.map((text) => ({ 'm.id': randomId('a'), 'm.text': [{ body: text }] }));
  const text = [poll.question, ...poll.answers.map((answer, index) => `${index + 1}. ${answer}`)].join('\n');
  return {
    'm.poll': {
      question: { 'm.text': [{ body: poll.question }] },
      kind: poll.isHidden ? 'm.undisclosed' : 'm.disclosed',
      max_selections: poll.isMultiple ? answers.length : 1,
      answers,
    },
    'm.text': [{ body: text }],
    body: text,
    'org.tongzhou.poll': { anonymous: poll.isAnonymous, deadline: poll.deadline },
  };
}
