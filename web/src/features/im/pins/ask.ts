/** The message that is about to be pinned. */
import { shallowRef } from 'vue';

import type { TimelineEvent } from '@/live/timeline';

export const asked = shallowRef<{ room: string; event: TimelineEvent } | null>(null);
