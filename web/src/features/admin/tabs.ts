/** The pages of 管理 and the verbs that open them; which verbs somebody has is the server's word. Pure. */
import type { IconName } from '@/ui/icons';

export interface AdminTab {
  key: string;
  icon: IconName;
  /** One of them is enough. */
  verbs: readonly string[];
}

export const TABS: readonly AdminTab[] = [
  { key: 'people', icon: 'people', verbs: ['account.view'] },
  { key: 'posts', icon: 'id-card', verbs: ['post.manage', 'appointment.manage'] },
  { key: 'sheets', icon: 'table', verbs: ['directory.import', 'directory.export'] },
  { key: 'secrecy', icon: 'shield', verbs: ['security.read_refusals'] },
  { key: 'calendar', icon: 'calendar', verbs: ['calendar.manage'] },
  { key: 'rules', icon: 'bell', verbs: ['rule.manage'] },
  { key: 'bots', icon: 'robot', verbs: ['bot.manage'] },
  { key: 'connectors', icon: 'plug', verbs: ['connector.view'] },
  { key: 'triggers', icon: 'swap', verbs: ['trigger.manage'] },
  { key: 'apps', icon: 'link', verbs: ['app.manage'] },
];

export const openTabs = (may: (verb: string) => boolean): AdminTab[] => TABS.filter((tab) => tab.verbs.some(may));
