/** Shapes of the REST answers that the shell, the session and the message screen read (docs/openapi.json has all). */
export interface Appointment {
  id: string;
  post_title: string;
  unit_id: string;
  unit_name: string;
  unit_short_name: string;
  is_primary: boolean;
}

export interface Me {
  user_id: string;
  staff_number: string;
  name: string;
  appointments: Appointment[];
  acting: string | null;
  must_change_password: boolean;
  demo: boolean;
  roles: string[];
  verbs: string[];
  phone_tail?: string;
}

export interface Persona {
  key: string;
  label: string;
  hint: string;
  name: string;
  post_title: string;
  unit_name: string;
  unit_short_name: string;
}

export interface DeviceRow {
  id: number;
  kind: string;
  display_name: string;
  created_at: string;
  last_seen_at: string;
  last_seen_addr: string;
  expires_at: string | null;
  is_this: boolean;
}

export interface Page<T> {
  items: T[];
  next: string | null;
}

export interface Member {
  user_id: string;
  name: string;
  kind?: 'person' | 'bot';
  unit_name?: string;
  unit_short_name?: string;
  post_title?: string;
  is_owner?: boolean;
  role?: string;
}

export interface PendingEntry {
  subject: string;
  title: string;
  detail: string;
  due_on: string | null;
  code: string;
  link: string;
}

export interface PendingSource {
  /** sign_for, report, decide_extension, check_report, returned; later loops add more. */
  source: string;
  title: string;
  count: number;
  items: PendingEntry[];
}

export interface PendingAnswer {
  total: number;
  sources: PendingSource[];
}
