/** Files: chosen, dropped or pasted in the composer, shown in the conversation, listed at the side. */
import { defineSlot } from '../slots';
import AttachTool from './AttachTool.vue';
import FileBody from './FileBody.vue';
import FilesHost from './FilesHost.vue';
import FilesTab from './FilesTab.vue';
import FileTray from './FileTray.vue';
import ImageBody from './ImageBody.vue';
import MediaBody from './MediaBody.vue';

const isMessage = (...kinds: string[]) => (content: Record<string, unknown>, type: string): boolean => type === 'm.room.message' && kinds.includes(String(content['msgtype']));

export default defineSlot({
  bodies: [
    { order: 50, bare: true, match: isMessage('m.image'), component: ImageBody },
    { order: 51, bare: true, match: isMessage('m.video', 'm.audio'), component: MediaBody },
    { order: 52, bare: true, match: isMessage('m.file'), component: FileBody },
  ],
  tools: [{ key: 'attach', order: 20, side: 'left', component: AttachTool }],
  trays: [{ order: 10, component: FileTray }],
  bars: [{ order: 90, component: FilesHost }],
  tabs: [{ key: 'files', label: 'im.files.tab', order: 30, component: FilesTab }],
});
