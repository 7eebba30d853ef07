/** What a feature folder offers the shell: its routes and its place in the navigation. */
import type { RouteRecordRaw } from 'vue-router';

import type { IconName } from '@/ui/icons';

export interface NavItem {
  /** Also the order key of Alt+1…8. */
  key: string;
  icon: IconName;
  /** i18n key of the label. */
  label: string;
  to: string;
  /** Lower comes first; 10 消息, 20 专班, 30 督办, 40 审批, 50 工作台, 60 通讯录, 70 日程会议, 90 管理. */
  order: number;
  place?: 'rail' | 'foot';
  /** Shown in the bottom bar of phones too. */
  phone?: boolean;
  /** Reactive count for the badge; 0 shows none. Called inside a computed. */
  badge?: () => number;
  /** Hidden unless true; called inside a computed. */
  show?: () => boolean;
}

export interface Feature {
  routes: RouteRecordRaw[];
  nav?: NavItem[];
}

export function defineFeature(feature: Feature): Feature {
  return feature;
}

declare module 'vue-router' {
  interface RouteMeta {
    /** Reachable without being signed in. */
    public?: boolean;
    /** Full page without rail and bottom bar. */
    bare?: boolean;
    /** Phone: the bottom bar makes room for the page (inside a chat). */
    hideBar?: boolean;
    /** i18n key of the document title. */
    title?: string;
    /** Key of the nav item that is current. */
    nav?: string;
  }
}
