// X: posts that mention an account, their answers, and direct messages.

const account = {
  kind: 'x',
  name: 'X',
  remote: 'x',
  us: 'Account',
  account: (state, id) => {
    const own = state.accounts.find((one) => one.id === id);
    return own && { ...own, people: state.people, everyPost: state.posts, messages: state.messages };
  },
  people: ({ people }) => people.map(({ id, name }) => ({ id, ids: [id], name })),
  token: (id, state) => ({ do: 'token', account: id, state }),
  refusal: () => ({ do: 'fault', method: 'POST', status: 403, calls: 1 }),
};

export const x = {
  id: 'x',
  title: 'X',
  where: 'X',
  platform: account,
  people: account.people,
  commands: ['/private '],
  photos: true,
  removes: 'Delete',
  posts: ({ everyPost }) => {
    const newest = everyPost.filter((post) => !everyPost.some((other) => isNewer(other, post)));
    return newest.filter((post) => !post.answers && !post.reposts).map((post) => said(post, newest));
  },
  newPost: {
    offer: (name) => `Write a post that mentions ${name}`,
    label: 'What do you want to say?',
    begins: ({ username }) => `@${username} `,
    act: (_, text, photo) => ({ do: 'post', text, photo }),
  },
  under: { label: 'Answer, with a mention', button: 'Answer' },
  comment: (on, text, photo) => ({ do: 'post', on, text, photo }),
  edit: (id, text) => ({ do: 'edit', id, text }),
  remove: (id) => ({ do: 'delete', id }),
};

export const xMessages = {
  id: 'x-messages',
  title: 'X messages',
  where: 'X messages',
  platform: account,
  people: account.people,
  commands: [],
  photos: true,
  chats: ({ id, people, messages }) =>
    people.map(({ id: person, name }) => ({
      person,
      name,
      messages: messages.filter((one) => one.account === id && one.person === person).map(written),
    })),
  write: ({ id }, text, photo) => ({ do: 'message', account: id, text, photo }),
  tools: ({ id, people }, { id: person }) => {
    const blocks = people.find((one) => one.id === person)?.blocks === true;
    const secret = { do: 'encrypted', account: id, person, text: 'Only we two can read this.' };
    return [
      { words: 'Writes encrypted', to: 'act', body: secret },
      { words: 'Takes no messages', on: blocks, to: 'control', body: { do: 'block', person, on: !blocks } },
    ];
  },
  native: {
    words: 'Answered in the app',
    label: "What a colleague writes in X's own app",
    act: ({ id }, { id: person }, text) => ({ do: 'message', account: id, person, text, by_account: true }),
  },
};

const first = (post) => post.first_version ?? post.id;

const isNewer = (other, post) => first(other) === first(post) && BigInt(other.id) > BigInt(post.id);

const said = (post, all) => {
  const { id, root, author, text, media, at, deleted, quotes } = post;
  const answers = all.filter((one) => one.answers && (one.answers === id || one.answers === first(post)));
  return {
    id,
    thread: root,
    author: author.is_account ? null : author.id,
    us: author.is_account,
    name: author.name,
    text,
    at,
    media: media ? [media.kind === 'photo' ? 'Photo' : media.kind] : [],
    gone: deleted && 'Deleted',
    marks: [post.first_version && 'edited', quotes && 'quotes a post'],
    comments: answers.map((one) => said(one, all)),
  };
};

const written = ({ id, by_account: us, text, media, encrypted, at }) => ({
  id,
  us,
  text,
  at,
  media: media ? ['Photo'] : [],
  marks: [encrypted && 'encrypted'],
});
