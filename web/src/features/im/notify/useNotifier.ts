/** Browser notifications, the unread number in the title, and a sound for urgent orders alone. */
import { onMounted, onUnmounted, watch } from 'vue';
import { useI18n } from 'vue-i18n';
import { useRoute, useRouter } from 'vue-router';

import { noticeOf } from '@/features/secrecy/notice';
import { serverNow } from '@/lib/time';
import { useLive } from '@/live/store';
import type { Room } from '@/live/rooms';
import { usePrefs } from '@/stores/prefs';
import { useSession } from '@/stores/session';
import { useToasts } from '@/stores/toasts';

import { lineOf } from '../preview';
import { chime } from './chime';
import { decide, nextMorning } from './decide';

const TITLE_NUMBER = /^\(\d+\+?\) /;

export function canNotify(): boolean {
  return 'Notification' in window;
}

/** Asked only on a click. True when the browser allows it. */
export async function askPermission(): Promise<boolean> {
  return canNotify() && (await Notification.requestPermission()) === 'granted';
}

export function useNotifier(): void {
  const { t } = useI18n();
  const live = useLive();
  const prefs = usePrefs();
  const session = useSession();
  const toasts = useToasts();
  const route = useRoute();
  const router = useRouter();
  let morning: ReturnType<typeof setTimeout> | undefined;
  const offs: (() => void)[] = [];

  function show(title: string, body: string, room: string | null, tag: string): void {
    if (!prefs.notify || !canNotify() || Notification.permission !== 'granted') return;
    const note = new Notification(title, { body, tag });
    note.onclick = () => {
      window.focus();
      note.close();
      if (room) void router.push(`/im/${encodeURIComponent(room)}`);
    };
  }

  /** What came in the night is told once, when the day begins. */
  function later(): void {
    morning ??= setTimeout(() => {
      morning = undefined;
      if (live.unreadTotal > 0) show(t('im.notify.morning'), t('im.notify.morningBody', { n: live.unreadTotal }), null, 'morning');
    }, Math.min(nextMorning(serverNow()) - serverNow(), 2 ** 31 - 1));
  }

  function isLooking(room: Room): boolean {
    return document.visibilityState === 'visible' && document.hasFocus() && route.params['room'] === room.room;
  }

  onMounted(() => {
    offs.push(live.onNewEvents((room, events) => {
      for (const event of events) {
        const verdict = decide(room, event, { me: session.me?.user_id ?? '', now: serverNow(), isLooking: isLooking(room) });
        if (verdict === 'later') later();
        if (verdict !== 'show' && verdict !== 'loud') continue;
        const sender = event.acting?.name ?? '';
        const body = prefs.hideContent ? t('im.notify.hidden') : room.kind === 'direct' || !sender ? lineOf(event, t) : t('im.preview.by', { name: sender, text: lineOf(event, t) });
        show(prefs.hideContent ? t('im.notify.newMessage') : room.name, body, room.room, room.room);
        if (verdict === 'loud') chime();
      }
    }));
    offs.push(live.onPersonFrame((kind, body) => {
      const said = body as { room?: string; event?: string; by?: string; of?: string; ends_on?: string; about?: string };
      if (kind === 'notice' && said.about?.startsWith('secrecy.')) {
        toasts.note(noticeOf(said));
        return;
      }
      const room = said.room ? live.rooms.get(said.room) : undefined;
      if (!room) return;
      if (kind === 'room_end') {
        toasts.note(t('im.notify.roomEnd', { room: room.name, day: said.ends_on ?? '' }));
        show(t('im.notify.roomEndTitle'), prefs.hideContent ? t('im.notify.hidden') : room.name, room.room, `end-${room.room}`);
      }
      if (kind !== 'nudge') return;
      const text = t(`im.notify.nudge.${said.of ?? 'unread'}`, { name: said.by ?? '', room: room.name });
      toasts.note(text);
      show(t('im.notify.nudgeTitle'), prefs.hideContent ? t('im.notify.hidden') : text, room.room, `nudge-${said.event ?? ''}`);
    }));
  });
  watch([() => live.unreadTotal, () => route.fullPath], ([total]) => {
    const base = document.title.replace(TITLE_NUMBER, '');
    document.title = total > 0 ? `(${total > 99 ? '99+' : total}) ${base}` : base;
  }, { immediate: true, flush: 'post' });
  onUnmounted(() => {
    clearTimeout(morning);
    for (const off of offs) off();
  });
}
