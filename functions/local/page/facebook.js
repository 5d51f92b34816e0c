// Facebook: posts of a page and of its visitors, with their comments.

export const page = {
  kind: 'facebook',
  name: 'Facebook',
  remote: 'graph',
  us: 'Page',
  account: (state, id) => state.pages.find((one) => one.id === id),
  people: ({ people }) =>
    people.filter((one) => one.name).map(({ feed_id: id, psid, name }) => ({ id, ids: [id, psid], name })),
  token: (id, state) => ({ do: 'token', page: id, state }),
  refusal: (id) => ({ do: 'fault', page: id, method: 'POST', code: 368, calls: 1 }),
};

export const facebook = {
  id: 'posts',
  title: 'Facebook',
  where: 'Facebook comments',
  platform: page,
  people: page.people,
  commands: ['/private ', '/hide', '/unhide', '/like', '/delete'],
  photos: true,
  removes: 'Remove',
  posts: ({ posts, mentions }) => [...posts, ...mentions].map(said),
  newPost: {
    offer: (name) => `Write a post on ${name}'s page`,
    label: 'What do you want to say?',
    act: ({ id }, text, photo) => ({ do: 'post', page: id, text, photo }),
  },
  under: { label: 'Write a comment', button: 'Comment' },
  comment: (on, text, photo) => ({ do: 'comment', on, text, photo }),
  edit: (id, text) => ({ do: 'edit', id, text }),
  remove: (id) => ({ do: 'remove', id }),
};

const said = ({ id, author, text, at, media, comments, ...node }) => ({
  id,
  author: author && !author.is_page ? author.id : null,
  us: author?.is_page === true,
  name: author?.name ?? 'Somebody',
  text,
  at,
  media: media ? [media.kind === 'photo' ? 'Photo' : media.kind] : [],
  gone: node.removed && 'Removed',
  marks: [node.edited_at && 'edited', node.hidden && 'hidden by the page', node.placeholder && 'not written here'],
  comments: comments.map(said),
});
