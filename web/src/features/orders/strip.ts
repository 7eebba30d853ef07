/** Orders that wait for this person, as the strip on every screen has them. Pure. */
import { z } from '@/lib/zod';

import type { MyOrder } from './api';

export const orderFrame = z.looseObject({
  id: z.string(),
  version: z.number().default(1),
  number: z.string().nullish(),
  title: z.string().default(''),
  urgency: z.enum(['top', 'urgent', 'normal']).default('normal'),
  is_drill: z.boolean().default(false),
  sign_by: z.string().nullish(),
  order_state: z.string().default('issued'),
  state: z.string().nullish(),
});
export type OrderFrame = z.infer<typeof orderFrame>;

export const OPEN = new Set(['pending', 'delivered', 'read', 'unreachable']);
const GRADE = { top: 0, urgent: 1, normal: 2 } as const;

/** The gravest first, then who is due first, then the oldest. */
export function queueOf(orders: readonly MyOrder[]): MyOrder[] {
  const due = (one: MyOrder): number => (one.sign_by ? Date.parse(one.sign_by) : Infinity);
  return orders
    .filter((one) => OPEN.has(one.state))
    .map((one, at) => ({ one, at }))
    .sort((a, b) => GRADE[a.one.urgency] - GRADE[b.one.urgency] || due(a.one) - due(b.one) || b.at - a.at)
    .map(({ one }) => one);
}

/** What a frame does to the queue; `fresh`: an order, or a version, that was not there before. */
export function takeFrame(orders: readonly MyOrder[], frame: OrderFrame): { orders: MyOrder[]; fresh: boolean } {
  const known = orders.find((one) => one.id === frame.id);
  const rest = orders.filter((one) => one.id !== frame.id);
  if (known && known.version > frame.version) return { orders: [...orders], fresh: false };
  if (frame.order_state !== 'issued') return { orders: rest, fresh: false };
  // Whoever only watches the board is told too, with an empty state of their own.
  if (frame.state === '') return { orders: [...orders], fresh: false };
  const state = (frame.state ?? (known && known.version === frame.version ? known.state : 'delivered')) as MyOrder['state'];
  if (!OPEN.has(state)) return { orders: rest, fresh: false };
  const one: MyOrder = {
    id: frame.id, number: frame.number ?? '', title: frame.title, urgency: frame.urgency, is_drill: frame.is_drill,
    sign_by: frame.sign_by ?? null, state, version: frame.version, request: known?.request ?? false,
    issuer_unit_name: known?.issuer_unit_name ?? '', issued_at: known?.issued_at ?? null,
  };
  return { orders: [...rest, one], fresh: !known || known.version < frame.version };
}

/** Only urgent orders are heard; drills are not. */
export const isHeard = (one: Pick<MyOrder, 'urgency' | 'is_drill'>): boolean => one.urgency === 'top' && !one.is_drill;
