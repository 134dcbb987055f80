"""Faces along time: a lasting id for each person, through motion, occlusions and scene cuts."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from scipy.optimize import linear_sum_assignment

from ..types import Faces
from .detect import FaceDetector, checked_frame

MOST = 32
"""people followed at once"""
PAUSE_S = 0.09
"""while nobody is there, detections lie so far apart at least"""

VELOCITY_S, DAMPING_S = 0.1, 0.3
"""time over which a velocity is measured, and in which it dies away"""
FASTEST_GROWTH = 2.0
"""of the logarithm of a face's size, a second"""
STILL_HZ, MOVING_HZ = 1.5, 3.0
"""cutoff of the smoothing for a face at rest, and what each face size a second adds to it"""

NEAR = 0.6
"""in face sizes; a detection so near a face that is followed is that face"""
SAME_PLACE = 0.35
"""two people nearer than this are on one face"""
CROWDED = 1.5
"""heads nearer than this may hide parts of one another"""
HIDDEN_S = 1.0
"""so long, who looks a bit like somebody lost may be the same person, half hidden"""
REACH, REACH_PER_S = 2.0, 2.0
"""in face sizes; how far off a lost face is looked for, and how this grows with the time gone"""

LOOKS_PX, LOOKS_WIDENED, LOOKS_COLOUR = 8, 1.4, 2.0
"""side of the thumbnail, side of what it shows in sides of the box, weight of its colour"""
_ACROSS = np.linspace(-1, 1, 2 * LOOKS_PX + 1)[1::2]
LOOKS_WINDOW = np.clip(1 - np.add.outer(_ACROSS**2, _ACROSS**2) / 1.3, 0, 1)
"""weights of its pixels, which fade towards what lies behind the head"""
LOOKS_S = 1.0
"""time constant of the running mean of somebody's looks"""
LOOKS_WEIGHT = 5.0
"""of one less their correlation, against a distance in reaches"""
STRANGER, SAME, SAME_ANYWHERE = 0.6, 0.85, 0.9
"""correlations: below, a face followed is another's; from here on, a lost one is back; and the
same where its place says nothing"""
CLEARLY = 0.05
"""a difference between two correlations that says which one it is"""

PICTURE_PX = (16, 12)
CUT = 30.0
"""mean difference, of 255, between two small pictures that lie on either side of a cut"""


@dataclass(eq=False)
class _Person:
    """What is known of one person.

    Attributes:
        track_id: lasting
        box: (4,) as last measured
        points: (7, 2) px, corners of the box and landmarks, smoothed
        confidence: of the last measurement
        looks: (2, value), on the average and at the last detection, each of length 1
        seen_s: time of the last measurement
        found_s: time of the last detection
        velocity: (3,) of the middle in px and of the logarithm of the size, a second
        here: seen in the last frame
        anywhere: the scene was cut while the person was gone
    """

    track_id: int
    box: np.ndarray
    points: np.ndarray
    confidence: float
    looks: np.ndarray
    seen_s: float
    found_s: float
    velocity: np.ndarray
    here: bool = True
    anywhere: bool = False

    def place(self, time_s: float) -> np.ndarray:
        """Where the box (4,) should be by its motion, which dies away."""
        gone_s = time_s - self.seen_s
        moved = self.velocity * DAMPING_S * -math.expm1(-gone_s / DAMPING_S)
        middle = (self.box[:2] + self.box[2:]) / 2 + moved[:2]
        half = (self.box[2:] - self.box[:2]) / 2 * math.exp(moved[2])
        return np.concatenate([middle - half, middle + half])

    def reach(self, time_s: float) -> float:
        """How far from its place the face may be, in face sizes."""
        return math.inf if self.anywhere else REACH + REACH_PER_S * (time_s - self.seen_s)

    def alike(self, looks: np.ndarray) -> np.ndarray:
        """(face,) correlation with looks (face, value): with the average or, turned, the last."""
        return (looks @ self.looks.T).max(1)

    def see(self, time_s: float, box: np.ndarray, landmarks: np.ndarray, confidence: float) -> None:
        """Take in a measurement."""
        step_s = time_s - self.seen_s
        if self.anywhere:
            self.velocity = np.zeros(3)
        elif step_s > 0:
            speed = (_places(box) - _places(self.box)) / step_s
            self.velocity += _share(step_s, VELOCITY_S) * (speed - self.velocity)
            self.velocity[2] = np.clip(self.velocity[2], -FASTEST_GROWTH, FASTEST_GROWTH)
        points = np.concatenate([box.reshape(2, 2), landmarks])
        self.points = self._smoothed(points, step_s) if self.here else points
        self.box, self.confidence, self.seen_s = box, confidence, time_s
        self.here, self.anywhere = True, False

    def _smoothed(self, points: np.ndarray, step_s: float) -> np.ndarray:
        """Points that do not tremble at rest and do not lag in motion.

        Source: Casiez, Roussel and Vogel, 1 Euro Filter, CHI 2012.
        """
        speed = np.hypot(*self.velocity[:2]) / math.exp(_places(self.box)[2])
        cutoff_hz = STILL_HZ + MOVING_HZ * (speed + abs(self.velocity[2]))
        share = _share(step_s, 1 / (2 * math.pi * cutoff_hz))
        return np.where(np.isnan(self.points), points, self.points + share * (points - self.points))

    def found(self, time_s: float, looks: np.ndarray, crowded: bool) -> None:
        """Take in that a detection confirmed the face; in a crowd others may hide a part of it."""
        average = self.looks[0]
        if not crowded or looks @ average >= SAME_ANYWHERE:
            mixed = average + _share(time_s - self.found_s, LOOKS_S) * (looks - average)
            self.looks = np.stack([mixed / max(1e-9, np.linalg.norm(mixed)), looks])
        self.found_s = time_s


class FaceTracker:
    """Detects now and then, follows in between, and tells people apart by motion and looks.

    Each frame, whoever is there is followed from where the motion leads. In every
    `detect_every`-th, and at once after a cut or a loss, faces are detected and assigned to the
    people known, those who are there and those who were lost lately.

    Args:
        detector: detects and follows
        detect_every: frames from one detection to the next; 1 detects in every frame
        memory_s: how long somebody who is lost can come back under the old id
    """

    def __init__(
        self, detector: FaceDetector, detect_every: int = 5, memory_s: float = 2.0
    ) -> None:
        self.detector, self.detect_every, self.memory_s = detector, detect_every, memory_s
        self._people: list[_Person] = []
        self._seen = 0
        self._time_s = self._detected_s = math.nan
        self._since = math.inf
        self._lost = False
        self._picture = np.zeros(0)

    def update(self, frame: np.ndarray, time_s: float) -> Faces:
        """The faces of the next frame, in the order of their ids.

        Args:
            frame: (height, width, 3) RGB uint8
            time_s: of the frame; steps may be uneven

        Raises:
            InvalidInput: if the frame has another shape
        """
        if self._is_cut(checked_frame(frame), time_s):
            self._cut(time_s)
        self._since += 1
        self._follow(frame, time_s)
        if self._is_due(time_s):
            self._detect(frame, time_s)
        self._merge(frame)
        self._forget(time_s)
        return self._faces()

    @property
    def _here(self) -> list[_Person]:
        return [person for person in self._people if person.here]

    def _is_cut(self, frame: np.ndarray, time_s: float) -> bool:
        """Whether this frame does not continue the last one."""
        coarse = cv2.resize(frame, (64, 48), interpolation=cv2.INTER_NEAREST)
        picture = cv2.resize(coarse, PICTURE_PX, interpolation=cv2.INTER_AREA).astype(np.float32)
        before, self._picture = self._picture, picture
        step_s, self._time_s = time_s - self._time_s, time_s
        return not 0 <= step_s <= self.memory_s or bool(np.abs(picture - before).mean() > CUT)

    def _cut(self, time_s: float) -> None:
        self._since = math.inf
        for person in self._people:
            person.here, person.anywhere = False, True
            person.seen_s = min(person.seen_s, time_s)

    def _follow(self, frame: np.ndarray, time_s: float) -> None:
        if not (here := self._here):
            return
        faces = self.detector.follow(frame, np.stack([p.place(time_s) for p in here]))
        slid = self._slid(frame, faces.boxes_xyxy.astype(np.float64), time_s)
        for person, face, elsewhere in zip(here, _each(faces), slid, strict=True):
            if face[-1] > 0 and not elsewhere:
                person.see(time_s, *face)
            else:
                person.here, self._lost = False, True

    def _slid(self, frame: np.ndarray, boxes: np.ndarray, time_s: float) -> np.ndarray:
        """Whose box (person, 4), of those who are here, came to be on the face of another one."""
        known = [person for person in self._people if not person.anywhere]
        here = np.flatnonzero([person.here for person in known])
        apart = _apart(boxes, np.stack([person.place(time_s) for person in known]))
        near = apart <= [person.reach(time_s) for person in known]
        near[np.arange(len(here)), here] = False
        if not near.any():
            return np.zeros(len(here), bool)
        looks = _looks(frame, boxes)
        alike = np.stack([person.alike(looks) for person in known], axis=1)
        own = alike[np.arange(len(here)), here]
        return (own < SAME) & (np.where(near, alike, -1).max(1) > own + CLEARLY)

    def _is_due(self, time_s: float) -> bool:
        """Whether to detect: in turn, after a loss, or now and then while nobody is there."""
        rested = time_s - self._detected_s >= PAUSE_S
        loss = self._lost and (rested or self._since > 1)
        return self._since >= self.detect_every or loss or (rested and not self._here)

    def _detect(self, frame: np.ndarray, time_s: float) -> None:
        faces = self.detector.detect(frame)
        self._since, self._detected_s, self._lost = 0, time_s, False
        boxes = faces.boxes_xyxy.astype(np.float64)
        looks = _looks(frame, boxes)
        crowded = (_apart(boxes, boxes) < CROWDED).sum(1) > 1
        measured = list(_each(faces))
        matched = self._matched(boxes, looks, time_s)
        for person, face in matched:
            if not person.here:
                person.see(time_s, *measured[face])
            person.found(time_s, looks[face], bool(crowded[face]))
        self._dismiss({person for person, _ in matched}, boxes, time_s)
        doubtful = self._doubtful(boxes, looks, crowded, time_s)
        unknown = np.setdiff1d(np.flatnonzero(~doubtful), [face for _, face in matched])
        largest = unknown[np.argsort(-_places(boxes)[unknown, 2])]
        for face in np.sort(largest[: MOST - len(self._here)]):
            self._welcome(time_s, measured[face], looks[face])

    def _matched(
        self, boxes: np.ndarray, looks: np.ndarray, time_s: float
    ) -> list[tuple[_Person, int]]:
        """Who of the people known has which of the boxes (face, 4) with looks (face, value)."""
        people = self._people
        if not people or not len(boxes):
            return []
        here, anywhere = np.array([(p.here, p.anywhere) for p in people]).T[:, :, None]
        reach = np.array([p.reach(time_s) for p in people])[:, None]
        apart = _apart(np.stack([p.place(time_s) for p in people]), boxes)
        alike = np.stack([p.alike(looks) for p in people])
        back = (apart <= reach) & (alike >= np.where(anywhere, SAME_ANYWHERE, SAME))
        stayed = here & (apart <= NEAR) & (alike >= STRANGER)
        allowed = back | stayed
        cost = np.where(allowed, apart / reach + LOOKS_WEIGHT * (1 - alike), 1e3)
        rows, columns = linear_sum_assignment(cost)
        return [(people[r], int(c)) for r, c in zip(rows, columns, strict=True) if allowed[r, c]]

    def _dismiss(self, confirmed: set[_Person], boxes: np.ndarray, time_s: float) -> None:
        """Lose whoever is on the face (face, 4) of another, or was not detected for long."""
        for person in set(self._here) - confirmed:
            taken = (_apart(person.box[None], boxes) < NEAR).any()
            if taken or time_s - person.found_s > self.memory_s:
                person.here = False

    def _doubtful(
        self, boxes: np.ndarray, looks: np.ndarray, crowded: np.ndarray, time_s: float
    ) -> np.ndarray:
        """(face,) that could be somebody lost who is still half hidden; they must wait."""
        doubtful = np.zeros(len(boxes), bool)
        for person in self._people:
            if not person.here and not person.anywhere:
                near = _apart(person.place(time_s)[None], boxes)[0] <= person.reach(time_s)
                lately = time_s - person.seen_s <= HIDDEN_S
                doubtful |= near & (crowded | (lately & (person.alike(looks) >= STRANGER)))
        return doubtful

    def _welcome(
        self, time_s: float, face: tuple[np.ndarray, np.ndarray, float], looks: np.ndarray
    ) -> None:
        """Give somebody new an id, unless the face is one that is followed already."""
        box, landmarks, confidence = face
        if any(_apart(box[None], person.box[None]) < NEAR for person in self._here):
            return
        self._seen += 1
        self._people.append(
            _Person(
                track_id=self._seen,
                box=box,
                points=np.concatenate([box.reshape(2, 2), landmarks]),
                confidence=confidence,
                looks=np.stack([looks, looks]),
                seen_s=time_s,
                found_s=time_s,
                velocity=np.zeros(3),
            )
        )

    def _merge(self, frame: np.ndarray) -> None:
        """Where two people came to be on one face, it is whose looks it has, or the older one's."""
        if len(here := self._here) < 2:
            return
        boxes = np.stack([person.box for person in here])
        for first, second in np.argwhere(np.triu(_apart(boxes, boxes) < SAME_PLACE, 1)):
            older, younger = here[first], here[second]
            if not older.here or not younger.here:
                continue
            looks = _looks(frame, older.box[None])
            if younger.alike(looks)[0] > older.alike(looks)[0] + CLEARLY:
                older.here, self._lost = False, True
            elif older.alike(younger.looks[:1])[0] > SAME_ANYWHERE:
                self._people.remove(younger)
                younger.here = False
            else:
                younger.here, self._lost = False, True

    def _forget(self, time_s: float) -> None:
        known = [p for p in self._people if p.here or time_s - p.seen_s <= self.memory_s]
        latest = sorted(known, key=lambda person: person.seen_s)[-2 * MOST :]
        self._people = sorted(latest, key=lambda person: person.track_id)

    def _faces(self) -> Faces:
        if not (here := self._here):
            return Faces.empty()
        points = np.stack([person.points for person in here])
        return Faces(
            points[:, :2].reshape(-1, 4),
            np.array([person.confidence for person in here]),
            np.array([person.track_id for person in here]),
            points[:, 2:],
        )


def _each(faces: Faces) -> "zip[tuple[np.ndarray, np.ndarray, float]]":
    """Box (4,), landmarks (5, 2) and confidence of each face."""
    boxes, landmarks = faces.boxes_xyxy.astype(np.float64), faces.landmarks.astype(np.float64)
    return zip(boxes, landmarks, faces.confidence.tolist(), strict=True)


def _share(step_s: float, constant_s: float) -> float:
    """What a new value weighs in an exponential mean with this time constant."""
    return -math.expm1(-step_s / constant_s)


def _places(boxes: np.ndarray) -> np.ndarray:
    """(..., 3) middle in px and logarithm of the size in px of boxes (..., 4)."""
    sides = boxes[..., 2:] - boxes[..., :2]
    middle = (boxes[..., :2] + boxes[..., 2:]) / 2
    return np.concatenate([middle, np.log(sides).mean(-1, keepdims=True)], -1)


def _apart(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(first, second) distance of boxes in face sizes, plus the logarithm of their ratio."""
    difference = _places(first)[:, None] - _places(second)
    size = np.exp((_places(first)[:, None, 2] + _places(second)[:, 2]) / 2)
    return np.hypot(difference[..., 0], difference[..., 1]) / size + np.abs(difference[..., 2])


def _looks(frame: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """(box, value) of length 1: small thumbnails in Lab of boxes (box, 4).

    Two of one person correlate by 0.95, and seldom by less than 0.87; those of two people by 0.61
    on the average, and seldom by more than 0.86.
    """
    values = np.zeros((len(boxes), LOOKS_PX, LOOKS_PX, 3), np.float32)
    limits = np.array(frame.shape[1::-1])
    middle, half = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2
    first = np.clip(middle - LOOKS_WIDENED * half, 0, limits - 1).astype(int)
    last = np.maximum(first + 1, np.clip(middle + LOOKS_WIDENED * half, 0, limits).astype(int))
    for value, (left, top), (right, bottom) in zip(values, first, last, strict=True):
        part = cv2.resize(
            frame[top:bottom, left:right], (LOOKS_PX, LOOKS_PX), interpolation=cv2.INTER_AREA
        )
        value[:] = cv2.cvtColor(part, cv2.COLOR_RGB2LAB)
    window = LOOKS_WINDOW[..., None] * [1, LOOKS_COLOUR, LOOKS_COLOUR]
    values -= (values * LOOKS_WINDOW[..., None]).sum((1, 2), keepdims=True) / LOOKS_WINDOW.sum()
    flat = (values * window).reshape(len(boxes), 3 * LOOKS_PX**2)
    return flat / np.maximum(1e-9, np.linalg.norm(flat, axis=1, keepdims=True))
