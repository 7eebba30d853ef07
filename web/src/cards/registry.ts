/**
 * Which component draws which kind of card. A feature adds kinds with `features/<noun>/cards.ts`, whose default
 * export maps kind → component; the component takes the props of CardProps and draws itself inside CardFrame.
 */
import { type Component, markRaw } from 'vue';

import type { Card } from './schema';
import DigestCard from './DigestCard.vue';
import PlainCard from './PlainCard.vue';
import StatusCard from './StatusCard.vue';
import TaskCard from './TaskCard.vue';

export interface CardProps {
  card: Card;
  room: string;
  eventId: string;
}

const kinds = new Map<string, Component>([
  ['task', markRaw(TaskCard)],
  ['reminder', markRaw(DigestCard)],
  ['status', markRaw(StatusCard)],
  ['alert', markRaw(StatusCard)],
  ['digest', markRaw(DigestCard)],
]);

export function registerCard(kind: string, component: Component): void {
  kinds.set(kind, markRaw(component));
}

export function cardComponent(kind: string): Component {
  return kinds.get(kind) ?? PlainCard;
}

export function registerFeatureCards(): void {
  const found = import.meta.glob<{ default: Record<string, Component> }>('../features/*/cards.ts', { eager: true });
  for (const module of Object.values(found)) {
    for (const [kind, component] of Object.entries(module.default)) registerCard(kind, component);
  }
}
