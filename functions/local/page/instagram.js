// Instagram: posts of an account and of those who mention it, with their comments, and direct messages.

const account = {
  kind: 'instagram',
  name: 'Instagram',
  remote: 'graph',
  us: 'Account',
  account: (state, id) => state.instagram.find((one) => one.id === id),
  people: ({ people }) => people.map(({ id, name }) => ({ id, ids: [id], name })),
  token: (id, state) => ({ do: 'token', page: id, state }),
  refusal: (id) => ({ do: 'fault', page: id, method: 'POST', code: 368, calls: 1 }),
};

export const instagram = {
  id: 'instagram',
  title: 'Instagram',
  where: 'Instagram comments',
  platform: account,
  people: account.people,
  commands: ['/private ', '/hide', '/unhide', '/delete'],
  removes: 'Remove',
  posts: ({ posts }) => posts.map(posted).reverse(),
  newPost: {
    offer: (name) => `Write a post that mentions ${name}`,
    label: 'What do you want to say?',
    begins: ({ username }) => `@${username} `,
    act: ({ id }, text) => ({ do: 'instagram_mention', account: id, text }),
  },
  under: { label: 'Write a comment', button: 'Comment' },
  comment: (on, text) => ({ do: 'instagram_comment', on, text }),
  remove: (id) => ({ do: 'remove', id }),
};

export const instagramMessages = {
  id: 'instagram-messages',
  title: 'Instagram messages',
  where: 'Instagram messages',
  platform: account,
  people: account.people,
  commands: [],
  photos: true,
  removes: 'Unsend',
  chats: ({ people, threads }) =>
    threads.map(({ person, window_open_until: until, messages }) => ({
      person,
      name: people.find((one) => one.id === person)?.name ?? person,
      until,
      messages: messages.map(written),
    })),
  write: ({ id }, text, photo) => ({
    do: 'instagram_message',
    account: id,
    text,
    attachments: photo ? [{ type: 'image', url: photo }] : [],
  }),
  edit: (id, text) => ({ do: 'edit', id, text }),
  remove: (id) => ({ do: 'remove', id }),
  tools: ({ id, people }, { id: person }) => {
    const blocks = people.find((one) => one.id === person)?.blocks === true;
    const how = blocks ? null : 'unavailable';
    return [
      { words: 'Has read it', to: 'act', body: { do: 'instagram_read', account: id, person } },
      { words: 'Blocks the account', on: blocks, to: 'control', body: { do: 'block', page: id, person, how } },
    ];
  },
  native: {
    words: 'Answered in the app',
    label: "What a colleague writes in Instagram's own app",
    act: ({ id }, { id: person }, text) => ({ do: 'instagram_native', account: id, person, text }),
  },
};

/** A post of somebody else mentions the account; its conversation is named by the mention, for Instagram tells no author. */
const posted = (post) => ({ ...said(post), author: null, customer: post.is_us ? null : `mention-${post.id}` });

const said = ({ id, author, author_id, is_us: us, text, at, comments, ...node }) => ({
  id,
  author: us ? null : author_id,
  us,
  name: author,
  text,
  at,
  gone: node.removed && 'Removed',
  marks: [node.hidden && 'hidden by the account'],
  comments: comments.map(said),
});

const written = ({ id, from_us: us, text, at, attachments, unsent, edits, native }) => ({
  id,
  us,
  text,
  at,
  media: attachments.map(({ type }) => (type === 'image' ? 'Photo' : type)),
  gone: unsent && 'Unsent',
  marks: [edits > 0 && 'edited', native && "written in Instagram's own app"],
});
