/** What is being written in a room besides the text: reply, and what the composer's tools add to the message. */
import { reactive } from 'vue';

import type { Content } from '@/live/frames';

import type { Mark } from './markdown/marks';

export interface Reply {
  id: string;
  text: string;
}

/** Adds to the content that is about to be sent; runs in the order of registration. */
export type Builder = (content: Content, state: ComposerState) => Content;

/** Files that are to go with the words (files/): how many, and to whom the words are handed instead of being sent. */
export interface Hold {
  count: () => number;
  send: (text: string, content: Content | null) => void;
}

export interface ComposerState {
  room: string;
  text: string;
  reply: Reply | null;
  /** Root event of the thread that is written in; null in the room itself. */
  thread: string | null;
  /** An own message that is being edited. */
  editing: { id: string; text: string; content: Content } | null;
  builders: Map<string, Builder>;
  hold: Hold | null;
  /** Put words at the caret. */
  insert: (text: string) => void;
  focus: () => void;
  /** Put formatting around what is selected. */
  wrap: (mark: Mark) => void;
  /** Open the person's newest message for editing. */
  editLast: () => void;
}

export function newComposer(room: string, thread: string | null = null): ComposerState {
  return reactive({
    room, text: '', reply: null, thread, editing: null,
    builders: new Map<string, Builder>(),
    hold: null,
    insert: () => undefined,
    focus: () => undefined,
    wrap: () => undefined,
    editLast: () => undefined,
  }) as ComposerState;
}

export function buildContent(base: Content, state: ComposerState): Content {
  return [...state.builders.values()].reduce((content, build) => build(content, state), base);
}

/** What the message answers: a thread's root, a message, or nothing. */
export function relationFor(state: ComposerState): Content {
  if (state.thread) {
    const inReply = { event_id: state.reply?.id ?? state.thread };
    return { 'm.relates_to': { rel_type: 'm.thread', event_id: state.thread, is_falling_back: !state.reply, 'm.in_reply_to': inReply } };
  }
  return state.reply ? { 'm.relates_to': { 'm.in_reply_to': { event_id: state.reply.id } } } : {};
}

/** The new version in the place of the old one; what was asked with it (confirmation) stays. */
export function editContent(fresh: Content, editing: { id: string; content: Content }): Content {
  const kept = Object.fromEntries(Object.entries(editing.content).filter(([key]) => key === 'org.tongzhou.confirm'));
  const body = String(fresh['body']);
  return {
    msgtype: 'm.text', body: `* ${body}`,
    'm.new_content': { ...kept, ...fresh },
    'm.relates_to': { rel_type: 'm.replace', event_id: editing.id },
  };
}
