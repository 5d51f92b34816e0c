// WhatsApp: chats with a phone number. What became of a message is told by its state; a conversation keeps the name that it
// has by the first id of the person.

const STATES = {
  accepted: ['wait', 'clock', 'accepted'],
  sent: ['calm', 'check', 'sent'],
  delivered: ['info', 'check', 'delivered'],
  read: ['good', 'check', 'read'],
  failed: ['bad', 'cross', 'failed'],
};
const UNDELIVERABLE = 131026;

const number = {
  kind: 'whatsapp',
  name: 'WhatsApp',
  remote: 'graph',
  us: 'Business',
  account: (state, id) => state.whatsapp.find((one) => one.id === id),
  token: (id, state) => ({ do: 'token', page: id, state }),
  refusal: (id) => ({ do: 'fault', page: id, method: 'POST', code: 131049, calls: 1 }),
};

export const whatsapp = {
  id: 'whatsapp',
  title: 'WhatsApp',
  where: 'WhatsApp',
  platform: number,
  people: ({ chats }) =>
    chats.map(({ person: id, earlier, phone, name }) => ({ id, ids: [id, phone, ...earlier].filter(Boolean), name })),
  commands: ['/template', '/template come_back en_US'],
  photos: true,
  removes: 'Remove',
  chats: ({ chats }) =>
    chats.map(({ person, earlier, name, window_open_until: until, messages }) => ({
      person: earlier[0] ?? person,
      name,
      until,
      messages: messages.map(said),
    })),
  write: ({ id }, text, photo) => ({ do: 'whatsapp_message', number: id, ...(photo ? image(text) : { text }) }),
  edit: (id, text) => ({ do: 'edit', id, text }),
  remove: (id) => ({ do: 'remove', id }),
  tools: ({ id, chats }, { id: person }) => {
    const fails = chats.find((one) => one.person === person)?.undeliverable != null;
    const code = fails ? null : UNDELIVERABLE;
    const party = { number: id, person };
    return [
      { words: 'Has read it', to: 'act', body: { do: 'whatsapp_read', ...party } },
      { words: 'Gets another id', to: 'act', body: { do: 'whatsapp_rename', ...party, to: `ZZ.${person}` } },
      { words: 'Messages fail', on: fails, to: 'act', body: { do: 'whatsapp_undeliverable', ...party, code } },
    ];
  },
  native: {
    words: 'Answered on the phone',
    label: 'What a colleague writes on the phone',
    act: ({ id }, person, text) => ({ do: 'whatsapp_native', number: id, person: person.id, text }),
  },
};

const image = (caption) => ({ type: 'image', text: caption, part: { id: 'sandbox:beach.jpg', mime_type: 'image/jpeg', caption } });

const said = ({ id, from_us: us, text, at, kind, status, edited, removed, native }) => ({
  id,
  us,
  text,
  at,
  media: kind === 'text' || kind === 'template' ? [] : [kind === 'image' ? 'Photo' : kind],
  gone: removed && 'Removed',
  status: us && STATES[status],
  marks: [edited && 'edited', native && 'written on the phone', kind === 'template' && 'template'],
});
