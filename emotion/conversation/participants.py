"""A recording with everyone in it: whose each face and voice is, and what each of them shows.

Reading a file takes minutes, and saying who is who a click: what every face and every voice
says is kept, and the timelines of the people are put together from it whenever faces are
assigned anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from emotion.conversation import assignment, speaker_clustering, speaking
from emotion.conversation.assignment import CUSTOMER, SALESPERSON, Assignment
from emotion.conversation.fused_stream import FusedStream
from emotion.conversation.senses import Senses
from emotion.conversation.talk import Talk, measure
from emotion.errors import RapportError
from emotion.readings.reading import HOP, Prediction
from emotion.timeline.timeline import Timeline
from emotion.voice.windows import LENGTH

BY_CHANNEL, BY_MOUTH, BY_SOUND, SHARED, NONE = "channel", "mouth", "sound", "shared", "none"
"""How it is known whose a voice is: each channel has one speaker; the mouth that moves; how the
voice sounds; all that is heard counts as theirs, whoever speaks; no voice is theirs."""

KNOWN = (BY_CHANNEL, BY_MOUTH, BY_SOUND)
"""Ways by which it is known who speaks when."""

NOT_SPEAKING = "somebody else speaks"
"""Why nothing is read of the voice of someone who is silent while another speaks."""

LEAST_SEEN = 2.0
"""Seconds that a face is seen at least for its person to be offered: shorter ones are mostly
passers-by and pictures on walls."""

_WINDOW = round(LENGTH / HOP)
_GOES_WITH = 0.15
"""Correlation of a mouth's movement with a channel's speech from which they are one person's."""

_LEAST_STEPS = 8


@dataclass(frozen=True)
class Participant:
    """Someone in a recording.

    Attributes:
        assignment: Whose face and voice they are.
        timeline: What they show.
        speech: Share of each half second in which they speak, 0 to 1.
        voice_by: How it is known that the voice is theirs: 'channel', 'mouth', 'sound', 'shared'
            or 'none'.
    """

    assignment: Assignment
    timeline: Timeline
    speech: tuple[float, ...]
    voice_by: str

    @property
    def name(self) -> str:
        """As the user calls them."""
        return self.assignment.name

    @property
    def role(self) -> str | None:
        """'customer', 'salesperson' or None."""
        return self.assignment.role

    @property
    def is_customer(self) -> bool:
        """Whether they are said to be the customer."""
        return self.assignment.role == CUSTOMER

    @property
    def shares_voice(self) -> bool:
        """Whether all that is heard counts as theirs, whoever speaks."""
        return self.voice_by == SHARED


@dataclass(frozen=True)
class Conversation:
    """What was seen and heard in a recording.

    Attributes:
        timeline: Readings of whoever is followed, one every half second.
        senses: What every face and every voice says, one every half second.
        channels: Names of the channels that have a speaker of their own each, such as 'left';
            none where the sound is heard as one.
        speech: Share of each half second that is speech, 0 to 1, of each of them, or of the
            one sound.
        thumbnails: A small picture of everybody as JPEG, by the number of the face.
        diarisation: Which speaker is heard in each half second where the sound is heard as one,
            from 0, None where nobody speaks, see `emotion.conversation.speaker_clustering`; none
            where there is one speaker only.
        vectors: Of the speaker of half seconds of the one sound, by their number from 0.
    """

    timeline: Timeline
    senses: tuple[Senses, ...]
    channels: tuple[str, ...]
    speech: tuple[tuple[float, ...], ...]
    thumbnails: dict[int, bytes]
    diarisation: tuple[int | None, ...] = ()
    vectors: Mapping[int, np.ndarray] = field(default_factory=dict, repr=False, compare=False)

    @property
    def asks_for_speakers(self) -> bool:
        """Whether it helps to say how many people speak: only how they sound distinguishes them."""
        enough = len(self.vectors) >= speaker_clustering.LEAST
        return not self.channels and len(self.people) < 2 and enough

    def with_speakers(self, count: int | None) -> "Conversation":
        """What was seen and heard, with so many speakers diarised by how they sound.

        Args:
            count: How many people speak, 1 to `emotion.conversation.speaker_clustering.MOST`;
                None where nobody knows.

        Raises:
            RapportError: If it is known by other means here who speaks, or not at all.
            ValueError: If there cannot be so many.
        """
        if not self.asks_for_speakers:
            why = "nobody is heard for long enough"
            if self.channels:
                why = f"each of its {len(self.channels)} channels has a speaker"
            elif len(self.people) > 1:
                why = f"the mouths of {len(self.people)} faces say who speaks"
            raise RapportError(
                f"In {self.timeline.source} no speakers are diarised by how they sound, as {why}. "
                f"Received: {count} speakers."
            )
        found = speaker_clustering.clustered(self.vectors, self.speech[0], count)
        return replace(self, diarisation=found)

    @property
    def speakers(self) -> tuple[str, ...]:
        """Names of the separate speakers: of channels, else of those who sound different.

        None where several faces are seen, whose mouths say who speaks.
        """
        if self.channels:
            return self.channels
        count = 1 + max((one for one in self.diarisation if one is not None), default=-1)
        if count < 2 or len(self.people) > 1:
            return ()
        return tuple(f"speaker {number}" for number in range(1, count + 1))

    @property
    def people(self) -> tuple[int, ...]:
        """Numbers of the faces that were seen for a while, who was seen longest first."""
        seen: dict[int, int] = {}
        for moment in self.senses:
            for person in moment.faces:
                seen[person] = seen.get(person, 0) + 1
        least = min(round(LEAST_SEEN / HOP), max(1, len(self.senses) // 2))
        return tuple(
            sorted((one for one in seen if seen[one] >= least), key=lambda one: (-seen[one], one))
        )

    def suggested(self) -> tuple[Assignment, ...]:
        """Who there is, before the user says anything: nobody has a role.

        Where speakers are separate these are the people, and a face belongs to the one in whose
        speech its mouth moves. Else everyone is a person whose face was seen for a while;
        without any, whoever is heard.
        """
        if self.speakers:
            given: dict[int, list[int]] = {}
            for person in self.people:
                speaker = self._goes_with(person)
                if speaker is not None:
                    given.setdefault(speaker, []).append(person)
            return tuple(
                Assignment(name.capitalize(), None, tuple(sorted(given.get(index, ()))), (index,))
                for index, name in enumerate(self.speakers)
            )
        if not self.people:
            return (Assignment("Speaker"),)
        return tuple(
            Assignment(f"Person {number}", None, (person,))
            for number, person in enumerate(sorted(self.people), 1)
        )

    def assigned(
        self, face: str | None = None, customer: str | None = None
    ) -> tuple[Assignment, ...]:
        """What is suggested, with what the user knows better.

        Args:
            face: Name of the one whose face is in the picture; None where that is not said.
            customer: Name of the customer, the other one of two then being the salesperson.

        Raises:
            RapportError: If nobody has that name.
        """
        found = list(self.suggested())
        names = {one.name.casefold(): index for index, one in enumerate(found)}
        # As speakers were called before.
        names |= {name.replace("speaker", "voice"): index for name, index in names.items()}
        for given in (face, customer):
            if given is not None and given.casefold() not in names:
                raise RapportError(self._nobody_of_name(given, [one.name for one in found]))
        if face is not None:
            mine = names[face.casefold()]
            found = [
                replace(one, faces=tuple(sorted(self.people)) if index == mine else ())
                for index, one in enumerate(found)
            ]
        if customer is not None:
            mine = names[customer.casefold()]
            other = SALESPERSON if len(found) == 2 else None
            found = [
                replace(one, role=CUSTOMER if index == mine else other)
                for index, one in enumerate(found)
            ]
        return tuple(found)

    def _nobody_of_name(self, given: str, names: Sequence[str]) -> str:
        """That nobody is called so; which recording that is, is said with every error of one."""
        if len(names) > 1:
            return f"Nobody has that name; choose one of {', '.join(names)}. Received: {given}."
        what = "person was seen" if self.people else "speaker was found"
        return f"Only one {what}, who is called {names[0]}. Received: {given}."

    def participants(self, assignments: Sequence[Assignment]) -> tuple[Participant, ...]:
        """What each person shows, by whose the faces and speakers are said to be.

        Args:
            assignments: Of everyone; a face or a speaker is one person's.

        Raises:
            RapportError: If two have one face, speaker or name, or one that is not there.
        """
        assignment.check(
            assignments,
            source=self.timeline.source,
            faces={person for moment in self.senses for person in moment.faces},
            speakers=len(self.speakers),
            one_speaker_each=bool(self.channels),
        )
        if self.channels:
            own = [
                self._speech(one.speakers[0]) if one.speakers else np.zeros(len(self.senses))
                for one in assignments
            ]
            return tuple(
                self._participant(one, speech, None, BY_CHANNEL if one.speakers else NONE)
                for one, speech in zip(assignments, own, strict=True)
            )
        heard = self._speech(0)
        if self.speakers and len([one for one in assignments if one.speakers]) > 1:
            return tuple(
                self._participant(
                    one,
                    heard * mine,
                    _shares(heard, mine),
                    BY_SOUND if one.speakers else NONE,
                )
                for one, mine in zip(assignments, self._turns(assignments), strict=True)
            )
        seen = [one for one in assignments if one.faces]
        if len(seen) < 2:
            return tuple(
                self._participant(one, heard, None, SHARED)
                if one in seen or not seen
                else self._participant(one, np.zeros(len(heard)), np.zeros(len(heard)), NONE)
                for one in assignments
            )
        mouths = [[_highest(moment.mouths, one.faces) for moment in self.senses] for one in seen]
        who = speaking.speakers(heard.tolist(), mouths)
        found = []
        for one in assignments:
            mine = np.array([w is not None and one in seen and seen[w] == one for w in who])
            by = BY_MOUTH if one in seen else NONE
            found.append(self._participant(one, heard * mine, _shares(heard, mine), by))
        return tuple(found)

    def talk(self, participants: Sequence[Participant]) -> Talk | None:
        """How the talk is divided between customer and salesperson.

        Args:
            participants: Everyone in the recording, from `participants`.

        Returns:
            None where one of the roles is nobody's, or who speaks is not known.
        """
        roles = {one.role: one for one in participants if one.voice_by in KNOWN}
        if CUSTOMER not in roles or SALESPERSON not in roles:
            return None
        return measure(roles[CUSTOMER].speech, roles[SALESPERSON].speech)

    def _participant(
        self, one: Assignment, speech: np.ndarray, shares: np.ndarray | None, voice_by: str
    ) -> Participant:
        """Put together what one person shows.

        Args:
            one: Who.
            speech: Share of each half second in which they speak.
            shares: How much of the speech in each window is theirs; None for all.
            voice_by: How that is known.
        """
        stream = FusedStream(self.timeline.reliability)
        number = min(one.faces) if one.faces else None
        channel = one.speakers[0] if self.channels and one.speakers else 0
        readings = []
        for index, moment in enumerate(self.senses):
            voice = moment.voices[channel]
            if voice_by == NONE:
                voice = Prediction(None, "no sound")
            elif shares is not None and voice.probabilities is not None:
                share = float(shares[index])
                voice = (
                    replace(voice, quality=voice.quality * share)
                    if share > 0
                    else Prediction(None, NOT_SPEAKING)
                )
            face = _best(moment, one.faces)
            readings.append(stream.read(moment.time, face, voice, number, len(moment.faces)))
        timeline = replace(
            self.timeline, readings=tuple(readings), participant=one.name, role=one.role
        )
        return Participant(one, timeline, tuple(map(float, speech)), voice_by)

    def _speech(self, channel: int) -> np.ndarray:
        """Shares of the half seconds, as many as there are moments."""
        given = np.asarray(self.speech[channel] if self.speech else (), float)
        return np.pad(given, (0, max(0, len(self.senses) - len(given))))[: len(self.senses)]

    def _turns(self, assignments: Sequence[Assignment]) -> list[np.ndarray]:
        """Of each person, in which half seconds one of their speakers is heard, bool."""
        given = list(self.diarisation) + [None] * len(self.senses)
        return [
            np.array([who in one.speakers for who in given[: len(self.senses)]], bool)
            for one in assignments
        ]

    def _goes_with(self, person: int) -> int | None:
        """The speaker in whose speech, rather than in that of others, a mouth moves."""
        moved = np.array([moment.mouths.get(person, np.nan) for moment in self.senses], float)
        seen = np.isfinite(moved)
        if seen.sum() < _LEAST_STEPS:
            return None
        if self.channels:
            every = [self._speech(index) for index in range(len(self.channels))]
        else:
            heard = self._speech(0)
            each = [Assignment(name, None, (), (i,)) for i, name in enumerate(self.speakers)]
            every = [heard * mine for mine in self._turns(each)]
        speech = np.array(every)[:, seen]
        moved = moved[seen]
        alike = [
            0.0
            if shares.std() < 1e-6 or moved.std() < 1e-6
            else float(np.corrcoef(shares, moved)[0, 1])
            for shares in speech
        ]
        order = np.argsort(alike)[::-1]
        clear = alike[order[0]] >= _GOES_WITH and (
            len(order) < 2 or alike[order[0]] - alike[order[1]] >= _GOES_WITH
        )
        return int(order[0]) if clear else None


def _best(moment: Senses, faces: Sequence[int]) -> Prediction:
    """What a person's face says, of the track that says most if there are several."""
    found = [moment.faces[face] for face in faces if face in moment.faces]
    if not found:
        return Prediction(None, moment.unseen)
    return max(found, key=lambda one: one.weight)


def _highest(mouths: Mapping[int, float], faces: Sequence[int]) -> float | None:
    found = [mouths[face] for face in faces if face in mouths]
    return max(found) if found else None


def _shares(heard: np.ndarray, mine: np.ndarray) -> np.ndarray:
    """How much of the speech in the window that ends at each step is one person's, 0 to 1."""
    kernel = np.ones(_WINDOW)
    all_of_it = np.convolve(heard, kernel)[: len(heard)]
    own = np.convolve(heard * mine, kernel)[: len(heard)]
    return np.where(all_of_it > 0, own / np.maximum(all_of_it, 1e-9), 0.0)
