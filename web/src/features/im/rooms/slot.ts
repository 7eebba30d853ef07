/** Members and settings of a room; when it ends. */
import { defineSlot } from '../slots';
import EndBanner from './EndBanner.vue';
import MembersTab from './MembersTab.vue';
import SettingsTab from './SettingsTab.vue';

export default defineSlot({
  tabs: [
    { key: 'members', label: 'im.members', order: 20, component: MembersTab },
    { key: 'settings', label: 'im.rooms.settings', order: 90, component: SettingsTab },
  ],
  head: [{ order: 10, component: EndBanner }],
});
