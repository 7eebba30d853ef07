/** Whether the search lies over the page, and the room that it is about. */
import { defineStore } from 'pinia';
import { ref } from 'vue';

export interface RoomScope {
  room: string;
  name: string;
}

export const useSearch = defineStore('search', () => {
  const isOpen = ref(false);
  const room = ref<RoomScope | null>(null);

  function open(within: RoomScope | null = null): void {
    room.value = within;
    isOpen.value = true;
  }

  function close(): void {
    isOpen.value = false;
  }

  return { isOpen, room, open, close };
});
