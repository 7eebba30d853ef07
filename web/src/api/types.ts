/** Names for what the REST door takes and answers. The shapes are the server's: schema.d.ts comes from
 * docs/openapi.json (`make openapi`), and `make check` fails when it differs. */
import type { components } from './schema';

export type Schemas = components['schemas'];

/** All lists have this shape; `next` is the cursor of the page that follows. */
export interface Page<T> {
  items: T[];
  next?: string | null;
}

export type ErrorBody = Schemas['ErrorOut'];

export type Me = Schemas['MeOut'];
/** A post that one holds. */
export type Appointment = Schemas['HeldPost'];
export type Persona = Schemas['PersonaOut'];
export type DeviceRow = Schemas['DeviceOut'];

export type Member = Schemas['MemberOut'];

export type PendingEntry = Schemas['PendingEntry'];
export type PendingRow = Schemas['PendingRow'];
export type PendingCounts = Schemas['PendingCounts'];
export type PendingPage = Schemas['PendingPage'];
