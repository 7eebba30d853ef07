import { computed, type ComputedRef } from 'vue';
import { useRoute } from 'vue-router';

import { navItems } from '@/router';
import type { NavItem } from '@/router/feature';

export interface ShownNavItem extends NavItem {
  count: number;
  isCurrent: boolean;
}

export function useNav(): { items: ComputedRef<ShownNavItem[]> } {
  const route = useRoute();
  const items = computed(() =>
    navItems
      .filter((item) => item.show?.() ?? true)
      .map((item) => ({ ...item, count: item.badge?.() ?? 0, isCurrent: route.meta.nav === item.key })),
  );
  return { items };
}
