"""What a tile draws besides its picture, as a snapshot says it."""

from __future__ import annotations

from tui.domain.frozen import dataclass
from tui.domain.ids import StreamId, TrackSource
from tui.domain.participant import Participant, Stream
from tui.domain.snapshot import Snapshot
from tui.domain.tiling import Placed, TileKind
from tui.front.call_words import SEALING, SHARED, unfit_words


@dataclass(frozen=True, slots=True)
class TileState:
    """Everything a tile draws besides the picture."""

    participant: Participant
    number: int
    """The key that picks this tile."""
    kind: TileKind = TileKind.VIDEO
    source: TrackSource = TrackSource.CAMERA
    source_number: int = 0
    pinned: bool = False
    hand: int = 0
    """Place in the queue of raised hands; 0 when down."""
    network: bool = False
    """Whether a weak connection is shown."""
    pictures: bool = True
    """Whether the person wants pictures at all."""
    text: bool = False
    """It is a terminal, whose text is shown in place of pictures."""

    @property
    def id(self) -> StreamId:
        """The stream that this tile draws."""
        return StreamId(self.participant.id, self.source, self.source_number)

    @property
    def stream(self) -> Stream | None:
        """The stream of this tile as it is now; None while its sender has none."""
        return self.participant.stream(self.source, self.source_number)

    @property
    def wants_video(self) -> bool:
        """Whether pictures come, can be opened, and have room in this tile."""
        stream = self.stream
        on = stream is not None and not stream.off and not stream.sealing.shut
        return on and self.kind is TileKind.VIDEO and self.pictures and not self.text

    @property
    def why_no_picture(self) -> str:
        """What to say where a picture would be."""
        stream, share = self.stream, self.id.is_share
        whole = self.participant.sealing
        sealing = whole if stream is None else stream.sealing
        if sealing.shut or (whole.shut and not share):
            return SEALING[sealing if sealing.shut else whole]
        if stream is None:
            return "no camera"
        if stream.off:
            return f"{SHARED[self.id.source]} paused" if share else "camera off"
        if stream.unfit:
            return unfit_words(stream)
        if self.text:
            return "waiting for the text"
        return "waiting for the picture" if self.pictures else "pictures are off"


def tile_states(
    snapshot: Snapshot, tiles: tuple[Placed, ...], *, pictures: bool
) -> dict[StreamId, TileState]:
    """The state of each of these tiles, in the order of their numbers; of whom is gone, none.

    Args:
        snapshot: Whose streams are placed.
        tiles: Those of one page.
        pictures: Whether the person wants pictures at all.
    """
    hands = [one.id for one in snapshot.hands]
    states = {}
    for number, placed in enumerate(tiles, 1):
        participant = snapshot.participant(placed.stream.participant)
        if participant is None:
            continue
        states[placed.stream] = TileState(
            participant,
            number,
            placed.kind,
            placed.stream.source,
            placed.stream.number,
            pinned=snapshot.pinned == placed.stream,
            hand=hands.index(participant.id) + 1 if participant.id in hands else 0,
            network=not snapshot.settings.hide_network_indicator,
            pictures=pictures,
            text=placed.stream in snapshot.terminals,
        )
    return states


def is_important(snapshot: Snapshot, stream: StreamId) -> bool:
    """Whether its pictures come before others: it is pinned, or of whom is heard."""
    if stream == snapshot.pinned or stream.is_share:
        return stream == snapshot.pinned
    participant = snapshot.participant(stream.participant)
    speaks = participant is not None and participant.speaking
    return speaks or stream.participant == snapshot.dominant_speaker
