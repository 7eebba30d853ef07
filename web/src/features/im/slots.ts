/**
 * Where the parts of a chat plug in. A part is a folder with a `slot.ts` whose default export says what it adds: actions
 * of a message, bodies by content, strips under a bubble, tools of the composer, panes and tabs at the side.
 */
import type { Component } from 'vue';

import type { Room } from '@/live/rooms';
import type { RoomDetail } from '@/live/api';
import type { TimelineEvent } from '@/live/timeline';
import type { IconName } from '@/ui/icons';

import type { ComposerState } from './composer';
import type { Person } from './people';
import type { MessageRow } from './rows';

/** A stored message, as actions, bodies and strips see it. */
export interface MessageContext {
  room: Room;
  detail: RoomDetail | null;
  row: MessageRow;
  event: TimelineEvent;
  person: Person;
  /** The pane at the side; null closes it. */
  openPane: (key: string | null, event?: TimelineEvent) => void;
  composer: ComposerState;
}

export interface MessageAction {
  key: string;
  icon: IconName;
  /** i18n key. */
  label: string;
  order: number;
  /** Key on the focused message, upper case. */
  shortcut?: string;
  /** Also a button of its own beside the bubble, so that it takes one press. */
  quick?: boolean;
  /** i18n keys of a question asked first, and of the button that goes on. */
  confirm?: { ask: string; yes: string };
  show: (context: MessageContext) => boolean;
  run: (context: MessageContext) => void | Promise<void>;
}

/** Replaces the text in the bubble; gets `row`, `room` (id), `eventId`, `names`. `bare` draws no bubble around it. */
export interface MessageBody {
  order: number;
  bare?: boolean;
  match: (content: Record<string, unknown>, type: string) => boolean;
  component: Component;
}

/** Below the bubble (reactions, thread, confirmation); gets `context`. */
export interface MessageStrip {
  order: number;
  show: (context: MessageContext) => boolean;
  component: Component;
}

/** A button of the composer; gets `state`. */
export interface ComposerTool {
  key: string;
  order: number;
  side: 'left' | 'right';
  component: Component;
}

/** Above the words in the composer; gets `state`. */
export interface ComposerTray {
  order: number;
  component: Component;
}

/** A pane at the side for one event or thread; gets `room` (id), `event`; emits `close`. */
export interface EventPane {
  key: string;
  component: Component;
}

/** A tab of the room's panel; gets `room`, `detail`, `members`. */
export interface RoomTab {
  key: string;
  /** i18n key. */
  label: string;
  order: number;
  show?: (room: Room) => boolean;
  count?: (room: Room) => number | null;
  component: Component;
}

/** A button in the head of the room; gets `room`, `detail`. With `phone` also in the narrow head of phones. */
export interface RoomTool {
  order: number;
  phone?: boolean;
  component: Component;
}

export interface RoomFooter {
  show: (room: string) => boolean;
  component: Component;
}

export interface Slot {
  actions?: MessageAction[];
  bodies?: MessageBody[];
  strips?: MessageStrip[];
  tools?: ComposerTool[];
  trays?: ComposerTray[];
  panes?: EventPane[];
  tabs?: RoomTab[];
  head?: RoomTool[];
  /** Strips above the messages; get `room`, `detail`. */
  bars?: RoomTool[];
  /** Takes the composer's place while `show` answers true; gets `room`. */
  footers?: RoomFooter[];
}

export function defineSlot(slot: Slot): Slot {
  return slot;
}

const found = Object.values(import.meta.glob<Slot>('./*/slot.ts', { eager: true, import: 'default' }));
const byOrder = (one: { order: number }, other: { order: number }): number => one.order - other.order;

export const messageActions = found.flatMap((slot) => slot.actions ?? []).sort(byOrder);
export const messageBodies = found.flatMap((slot) => slot.bodies ?? []).sort(byOrder);
export const messageStrips = found.flatMap((slot) => slot.strips ?? []).sort(byOrder);
export const composerTools = found.flatMap((slot) => slot.tools ?? []).sort(byOrder);
export const composerTrays = found.flatMap((slot) => slot.trays ?? []).sort(byOrder);
export const eventPanes = found.flatMap((slot) => slot.panes ?? []);
export const roomTabs = found.flatMap((slot) => slot.tabs ?? []).sort(byOrder);
export const roomBars = found.flatMap((slot) => slot.bars ?? []).sort(byOrder);
export const roomFooters = found.flatMap((slot) => slot.footers ?? []);
export const roomTools = found.flatMap((slot) => slot.head ?? []).sort(byOrder);
