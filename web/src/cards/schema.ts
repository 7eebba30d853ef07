/** A card as docs/cards.md describes it, checked before it is drawn. What does not fit falls back to the text body. */
import { z } from '@/lib/zod';

export const CARD_KEY = 'org.tongzhou.card';

const inputSchema = z.looseObject({
  key: z.string(),
  label: z.string(),
  type: z.string().default('text'),
  required: z.boolean().default(false),
});

const actionSchema = z.looseObject({
  name: z.string(),
  label: z.string(),
  style: z.string().default('plain'),
  input: z.array(inputSchema).default([]),
});

export const cardSchema = z.looseObject({
  v: z.number().default(1),
  kind: z.string(),
  subject: z.string().nullish(),
  version: z.number().default(1),
  title: z.string(),
  number: z.string().nullish(),
  as_of: z.string().nullish(),
  source: z.string().nullish(),
  stale: z.boolean().nullish(),
  state: z.looseObject({ code: z.string(), word: z.string().default(''), because: z.string().nullish() }).nullish(),
  fields: z.array(z.looseObject({ key: z.string().nullish(), label: z.string(), value: z.string() })).default([]),
  progress: z.looseObject({ percent: z.number(), planned: z.number().nullish() }).nullish(),
  series: z
    .looseObject({
      unit: z.string().default(''),
      decimals: z.number().default(2),
      points: z.array(z.tuple([z.number(), z.number()])),
      threshold: z.number().nullish(),
      threshold_label: z.string().nullish(),
    })
    .nullish(),
  value: z.string().nullish(),
  picture: z.string().nullish(),
  lines: z.array(z.looseObject({ code: z.string().nullish(), text: z.string(), link: z.string().nullish() })).default([]),
  actions: z.array(actionSchema).default([]),
  menu: z.array(actionSchema).default([]),
  link: z.string().nullish(),
});

export type Card = z.infer<typeof cardSchema>;
export type CardAction = z.infer<typeof actionSchema>;
export type CardInput = z.infer<typeof inputSchema>;

/** Any value as a card, or null where it is none. */
export function cardOf(raw: unknown): Card | null {
  const result = cardSchema.safeParse(raw);
  return result.success ? result.data : null;
}

export function readCard(content: Record<string, unknown>): Card | null {
  const raw = content[CARD_KEY];
  return raw === undefined ? null : cardOf(raw);
}

/** Links of a card lead within the client only. */
export function localLink(link: string | null | undefined): string | null {
  return link && /^\/(?![/\\])/.test(link) ? link : null;
}
