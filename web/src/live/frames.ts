/**
 * The frames of the live socket, checked at the door (docs/protocol.md). Unknown keys pass, unknown frames are dropped
 * and counted: an older client keeps working beside a newer server.
 */
import { z } from '@/lib/zod';

const seq = z.number().int().nonnegative();
const room = z.string();

export const eventSchema = z.looseObject({
  event_id: z.string(),
  room: room.optional(),
  seq,
  n: z.number().int().optional(),
  type: z.string(),
  state_key: z.string().nullish(),
  sender: z.string(),
  ts: z.union([z.number(), z.string()]),
  content: z.record(z.string(), z.unknown()),
  acting: z
    .looseObject({ post: z.string().nullish(), unit: z.string().nullish(), name: z.string().nullish() })
    .nullish(),
  redacted_by: z.string().nullish(),
  counts: z.boolean().optional(),
  txn: z.string().nullish(),
});

export const roomEntrySchema = z.looseObject({
  room,
  kind: z.string(),
  name: z.string(),
  last: seq,
  n: z.number().int().nonnegative().default(0),
  read: seq.default(0),
  unread: z.number().int().nonnegative().default(0),
  mentions: z.number().int().nonnegative().default(0),
  muted: z.boolean().default(false),
  pinned: z.boolean().default(false),
  archived: z.boolean().default(false),
  notify: z.string().default('all'),
  level: z.number().default(0),
});

/** An event inside a frame: what it shares with the others of the frame is said there (docs/protocol.md, short event). */
const shortEvent = z.looseObject({
  id: z.string(),
  by: z.number().int().nonnegative(),
  ts: z.number(),
  content: z.record(z.string(), z.unknown()),
  type: z.string().default('m.room.message'),
  quiet: z.boolean().default(false),
});

const person = z.looseObject({
  user_id: z.string(),
  name: z.string().optional(),
  post: z.string().optional(),
  unit: z.string().optional(),
});

const ack = z.looseObject({ txn: z.string(), room, event_id: z.string(), seq, ts: z.union([z.number(), z.string()]) });
export type Ack = z.infer<typeof ack>;

const shortEvents = z.looseObject({
  type: z.literal('events'),
  room,
  first: seq,
  last: seq,
  n: z.number().int().nonnegative(),
  people: z.array(person),
  events: z.array(shortEvent),
  acks: z.array(ack).default([]),
});

/** Whole events: positions and counts follow from the frame's, names from its people. Null when they do not fit. */
function unfold(frame: z.infer<typeof shortEvents>): z.infer<typeof eventSchema>[] | null {
  let n = frame.n;
  const events = [];
  for (const [place, short] of frame.events.entries()) {
    const { id, by, quiet, ...rest } = short;
    const sender = frame.people[by];
    if (!sender) return null;
    if (!quiet) n += 1;
    const { user_id, name, post, unit } = sender;
    events.push({
      ...rest,
      event_id: id,
      room: frame.room,
      seq: frame.first + place,
      n,
      sender: user_id,
      counts: !quiet,
      ...(name === undefined ? {} : { acting: { name, post, unit } }),
    });
  }
  return events.length === frame.last - frame.first + 1 ? events : null;
}

const eventsFrame = shortEvents.transform((frame, context) => {
  const events = unfold(frame);
  const { type, room, first, last, acks } = frame;
  if (events) return { type, room, first, last, events, acks };
  context.addIssue({ code: 'custom', message: 'events do not fit their frame' });
  return z.NEVER;
});

export const frameSchema = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('welcome'),
    v: z.number(),
    session: z.string().optional(),
    rooms: z.array(roomEntrySchema),
    person: z.number().default(0),
    server_time: z.union([z.number(), z.string()]).optional(),
    report: z.object({ frames: z.number(), bytes: z.number() }),
  }),
  eventsFrame,
  z.looseObject({ type: z.literal('ack'), acks: z.array(ack) }),
  z.looseObject({
    type: z.literal('refused'),
    txn: z.string().nullish(),
    room: room.nullish(),
    code: z.string(),
    message: z.string().default(''),
    field: z.string().nullish(),
    retry_after_ms: z.number().nullish(),
    refusal: z.string().nullish(),
  }),
  z.looseObject({ type: z.literal('read'), room, seq, pos: z.number().optional() }),
  z.looseObject({ type: z.literal('receipts'), room, moves: z.array(z.tuple([seq, seq]).rest(z.unknown())) }),
  z.looseObject({ type: z.literal('typing'), room, user: z.string(), on: z.boolean() }),
  z.looseObject({ type: z.literal('presence'), room, online: z.array(z.string()), count: z.number().default(0) }),
  z.looseObject({ type: z.literal('room_note'), room, kind: z.string() }),
  z.looseObject({ type: z.literal('gap'), room, last: seq }),
  z.looseObject({ type: z.literal('heads'), rooms: z.record(z.string(), seq) }),
  z.looseObject({ type: z.literal('person'), pos: z.number(), kind: z.string(), body: z.unknown().optional() }),
  z.looseObject({ type: z.literal('resume') }),
  roomEntrySchema.extend({ type: z.literal('room') }),
  z.looseObject({ type: z.literal('left'), room }),
  z.looseObject({ type: z.literal('bye'), code: z.union([z.string(), z.number()]), message: z.string().default('') }),
  z.looseObject({ type: z.literal('pong') }),
]);

export type Frame = z.infer<typeof frameSchema>;
export type FrameOf<T extends Frame['type']> = Extract<Frame, { type: T }>;
export type LiveEvent = z.infer<typeof eventSchema>;
export type RoomEntry = z.infer<typeof roomEntrySchema>;
export type Content = Record<string, unknown>;

export type Parsed = { ok: true; frame: Frame } | { ok: false; keys: string[] };

/** One message from the socket: UTF-8 JSON in binary (or text). Never throws; never keeps the text of a bad frame. */
export function parseFrame(data: ArrayBuffer | string): Parsed {
  let raw: unknown;
  try {
    raw = JSON.parse(typeof data === 'string' ? data : new TextDecoder().decode(data));
  } catch {
    return { ok: false, keys: ['not-json'] };
  }
  const result = frameSchema.safeParse(raw);
  if (result.success) return { ok: true, frame: result.data };
  return { ok: false, keys: raw !== null && typeof raw === 'object' ? Object.keys(raw).slice(0, 12) : [] };
}
