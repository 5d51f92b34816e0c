// Messenger: chats with a Facebook page.

import { page } from './facebook.js';

export const messenger = {
  id: 'messenger',
  title: 'Messenger',
  where: 'Messenger',
  platform: page,
  people: page.people,
  commands: [],
  photos: true,
  removes: 'Unsend',
  chats: ({ threads }) =>
    threads.map(({ psid, name, window_open_until: until, messages }) => ({
      person: psid,
      name: name ?? 'Somebody',
      until,
      messages: messages.map(said),
    })),
  write: ({ id }, text, photo) => ({
    do: 'message',
    page: id,
    text,
    attachments: photo ? [{ type: 'image', url: photo }] : [],
  }),
  edit: (id, text) => ({ do: 'edit', id, text }),
  remove: (id) => ({ do: 'remove', id }),
  tools: ({ id, people }, person) => {
    const blocks = people.find((one) => one.feed_id === person.id)?.block != null;
    const how = blocks ? null : 'unavailable';
    return [
      { words: 'Has read it', to: 'act', body: { do: 'read', page: id, person: person.id } },
      { words: 'Blocks the page', on: blocks, to: 'control', body: { do: 'block', page: id, person: person.id, how } },
    ];
  },
  native: {
    words: "Answered in the page's inbox",
    label: "What a colleague writes in the page's own inbox",
    act: ({ id }, person, text) => ({ do: 'page_message', page: id, person: person.id, text }),
  },
};

const said = ({ id, from_page: us, text, at, attachments, unsent, edits, native }) => ({
  id,
  us,
  text,
  at,
  media: attachments.map(({ type }) => (type === 'image' ? 'Photo' : type)),
  gone: unsent && 'Unsent',
  marks: [edits > 0 && 'edited', native && "written in the page's own inbox"],
});
