/** Who is signed in, the post they act as in this tab, and the way in and out. */
import { defineStore } from 'pinia';
import { computed, ref } from 'vue';

import { ApiError, configureHttp, http, randomId } from '@/api/http';
import type { Appointment, DeviceRow, Me, Page, Persona } from '@/api/types';
import { browserName } from '@/lib/browser';
import { readStored, writeStored } from '@/lib/storage';

const DEVICE_KEY = 'tz.device';
const ACTING_KEY = 'tz.acting';

/** The device id survives reload and sign-out: it is the scope of transaction ids. */
export function deviceId(): string {
  const known = readStored<string>(DEVICE_KEY);
  if (known) return known;
  const fresh = randomId('W').toUpperCase().slice(0, 16);
  writeStored(DEVICE_KEY, fresh);
  return fresh;
}

export const useSession = defineStore('session', () => {
  const me = ref<Me | null>(null);
  const loaded = ref(false);
  // sessionStorage: another tab may act as another post of the same person.
  const override = ref<string | null>(sessionStorage.getItem(ACTING_KEY));

  const acting = computed<Appointment | null>(() => {
    const list = me.value?.appointments ?? [];
    const own = me.value?.acting;
    const id = override.value ?? own;
    return list.find((row) => row.id === id) ?? list.find((row) => row.is_primary) ?? list[0] ?? null;
  });
  const isSignedIn = computed(() => me.value !== null);
  const may = (verb: string): boolean => me.value?.verbs.includes(verb) ?? false;
  const hasRole = (...roles: string[]): boolean => roles.some((role) => me.value?.roles.includes(role));

  configureHttp({
    acting: () => (override.value && me.value ? override.value : null),
    onSignedOut: () => {
      me.value = null;
    },
  });

  function accept(next: Me): Me {
    me.value = next;
    loaded.value = true;
    if (override.value && !next.appointments.some((row) => row.id === override.value)) setOverride(null);
    return next;
  }

  function setOverride(id: string | null): void {
    override.value = id;
    if (id) sessionStorage.setItem(ACTING_KEY, id);
    else sessionStorage.removeItem(ACTING_KEY);
  }

  /** Null when nobody is signed in; throws when the server cannot be reached. */
  async function load(): Promise<Me | null> {
    try {
      return accept(await http.get<Me>('/session'));
    } catch (error) {
      if (error instanceof ApiError && (error.status === 401 || error.status === 403)) {
        me.value = null;
        loaded.value = true;
        return null;
      }
      throw error;
    }
  }

  async function signIn(staffNumber: string, password: string): Promise<Me> {
    setOverride(null);
    const body = { staff_number: staffNumber, password, device_id: deviceId(), display_name: browserName(navigator.userAgent) };
    return accept(await http.post<Me>('/session', body));
  }

  async function signInAs(persona: Persona): Promise<Me> {
    setOverride(null);
    return accept(await http.post<Me>('/session/persona', { key: persona.key, device_id: deviceId() }));
  }

  /** Demo tiles; an empty list where the server does not offer them. */
  async function personas(): Promise<Persona[]> {
    try {
      return (await http.get<Page<Persona>>('/session/personas')).items;
    } catch {
      return [];
    }
  }

  async function signOut(): Promise<void> {
    try {
      await http.delete('/session');
    } finally {
      setOverride(null);
      me.value = null;
    }
  }

  async function firstAdmin(body: { token: string; staff_number: string; name: string; password: string }): Promise<Me> {
    return accept(await http.post<Me>('/session/first-admin', { ...body, device_id: deviceId() }));
  }

  async function changePassword(old: string, next: string): Promise<void> {
    await http.post('/session/password', { old, new: next });
    if (me.value) me.value = { ...me.value, must_change_password: false };
  }

  async function actAs(appointment: Appointment): Promise<void> {
    const answer = await http.post<Me>('/session/acting', { appointment_id: appointment.id });
    setOverride(appointment.id);
    accept(answer);
  }

  async function devices(): Promise<DeviceRow[]> {
    return (await http.get<Page<DeviceRow>>('/session/devices')).items;
  }

  const revokeDevice = (id: DeviceRow['id']): Promise<unknown> =>
    http.delete(`/session/devices/${encodeURIComponent(String(id))}`);

  return {
    me, loaded, acting, isSignedIn, override,
    may, hasRole, load, signIn, signInAs, personas, signOut, firstAdmin, changePassword, actAs, devices, revokeDevice,
  };
});
