/** The sentence for a person frame `notice` about the secrecy gate (docs/protocol.md). */
import { t } from '@/i18n';

interface Notice {
  about?: string;
  name?: string;
  decision?: string;
  note?: string;
}

export function noticeOf(said: Notice): string {
  switch (said.about) {
    case 'secrecy.refused':
      return t('secrecy.notice.refused', { name: said.name ?? '' });
    case 'secrecy.appealed':
      return t('secrecy.notice.appealed', { name: said.name ?? '' });
    default:
      return t(said.decision === 'granted' ? 'secrecy.notice.granted' : 'secrecy.notice.upheld', { note: said.note ?? '' });
  }
}
