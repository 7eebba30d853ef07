import { onUnmounted, readonly, type Ref, ref } from 'vue';

const minute = ref(Math.floor(Date.now() / 60_000));
let users = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** A number that rises each minute: relative times on screen depend on it. One timer for the page. */
export function useMinute(): Readonly<Ref<number>> {
  users += 1;
  timer ??= setInterval(() => {
    minute.value = Math.floor(Date.now() / 60_000);
  }, 10_000);
  onUnmounted(() => {
    users -= 1;
    if (users === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  });
  return readonly(minute);
}
