/** What is being written in a room besides the text: reply, and what the composer's tools add to the message. */
import { reactive } from 'vue';

import type { Content } from '@/live/frames';

export interface Reply {
  id: string;
  text: string;
}

/** Adds to the content that is about to be sent; runs in the order of registration. */
export type Builder = (content: Content, state: ComposerState) => Content;

export interface ComposerState {
  room: string;
  text: string;
  reply: Reply | null;
  /** Root event of the thread that is written in; null in the room itself. */
  thread: string | null;
  /** An own message that is being edited. */
  editing: { id: string; text: string } | null;
  builders: Map<string, Builder>;
  /** Put words at the caret. */
  insert: (text: string) => void;
  focus: () => void;
}

export function newComposer(room: string, thread: string | null = null): ComposerState {
  return reactive({
    room, text: '', reply: null, thread, editing: null,
    builders: new Map<string, Builder>(),
    insert: () => undefined,
    focus: () => undefined,
  }) as ComposerState;
}

export function buildContent(base: Content, state: ComposerState): Content {
  return [...state.builders.values()].reduce((content, build) => build(content, state), base);
}
