"""Where pictures and videos of faces come from: an upload, the camera, or the drawn example."""

import streamlit as st

from emotion_core.face.answers import PICTURE_ENDINGS, VIDEO_ENDINGS

from .face_example import FILM_NAME, PICTURE_NAME, example_film, example_picture
from .uploads import EXAMPLE, Upload, example_button, given_or_example, last_given, take

PICTURES = [ending.removeprefix(".") for ending in PICTURE_ENDINGS]
VIDEOS = [ending.removeprefix(".") for ending in VIDEO_ENDINGS]
PICTURE_MB, VIDEO_MB = 200, 2000
UPLOAD, CAMERA = "upload", "camera"
CAUTION = (
    "An answer names what a face expresses, not what a person feels or is: it is no diagnosis. "
    "What you show stays in the memory of the computer that runs the app, for this session only."
)
ORIGINS = {UPLOAD: ":material/upload: A file", CAMERA: ":material/photo_camera: The camera"}


def chosen_picture(earlier: Upload | None) -> Upload | None:
    """The picture to look at, if there is one; the camera is asked for only once it is chosen.

    Args:
        earlier: what was chosen before, kept while a person visits another page
    """
    origin = st.segmented_control(
        "Picture from",
        ORIGINS,
        format_func=ORIGINS.__getitem__,
        default=UPLOAD,
        required=True,
        key="photo_from",
    )
    if origin == CAMERA:
        file = st.camera_input(
            "Take a picture", key="photo_camera", on_change=take, args=("photo", CAMERA)
        )
    else:
        file = st.file_uploader(
            "A picture with one face or several",
            type=PICTURES,
            key="photo_upload",
            on_change=take,
            args=("photo", UPLOAD),
            max_upload_size=PICTURE_MB,
        )
    example_button("Try two drawn faces", "photo", ":material/draw:")
    return given_or_example(
        "photo",
        last_given("photo", {origin: file}),
        earlier,
        lambda: Upload(EXAMPLE, PICTURE_NAME, example_picture()),
    )


def _film() -> Upload:
    with st.spinner("Drawing the film…"):
        return Upload(EXAMPLE, FILM_NAME, example_film())


def chosen_video(earlier: Upload | None) -> Upload | None:
    """The video to watch, if there is one; `earlier` as in `chosen_picture`."""
    file = st.file_uploader(
        "A video with faces, up to one hour",
        type=VIDEOS,
        key="video_upload",
        on_change=take,
        args=("video", UPLOAD),
        max_upload_size=VIDEO_MB,
    )
    example_button("Try a film of drawn faces", "video", ":material/draw:")
    return given_or_example("video", last_given("video", {UPLOAD: file}), earlier, _film)
