/** The words of a composer as its draft, kept for a reload and for the person's other devices. */
import { computed, type Ref, watch } from 'vue';

import { draftKey } from '@/live/drafts';
import { useLive } from '@/live/store';

import type { ComposerState } from './composer';

/** `changed` runs after words came from elsewhere: another device, or a message that is to be edited. */
export function useDraft(state: Ref<ComposerState>, changed: () => Promise<void>): { stored: () => string; keep: () => void } {
  const live = useLive();
  const draft = computed(() => live.drafts[draftKey(state.value.room, state.value.thread)]);
  const stored = (): string => draft.value?.text ?? '';

  // Typed on another device, later than here.
  watch(draft, async (now) => {
    if (!now?.isRemote && now) return;
    if (state.value.editing || state.value.text === stored()) return;
    state.value.text = stored();
    await changed();
  });
  watch(
    () => state.value.editing,
    async (editing, before) => {
      if (!editing && !before) return;
      state.value.text = editing?.text ?? stored();
      await changed();
      state.value.focus();
    },
  );

  function keep(): void {
    if (!state.value.editing) live.setDraft(state.value.room, state.value.text, state.value.thread);
  }
  return { stored, keep };
}
