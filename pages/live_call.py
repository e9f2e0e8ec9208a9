"""Live call: how the customer feels now, and where it turned."""

import streamlit as st
from streamlit_webrtc import WebRtcMode, webrtc_streamer

from dashboard import call_summary, charts, frame, markup, resources, wording
from dashboard.connection import Connection, Line, SettingError, ice_servers
from emotion.live import LiveCall
from emotion.moments import Moment, turning_points
from emotion.readings import Prediction, Reading
from emotion.timeline import Timeline
from emotion.voice.windows import HOP

SPAN = 120.0
"""Seconds of the call that the rolling chart shows."""

LASTING = 4.0
"""Seconds for which a sense has to say nothing before the user is told what to do."""

BEHIND = 3.0
"""Seconds of delay from which the user is told of it."""

STREAM, LINE = "webrtc", "line"

NOTICE = """
- Rapport analyses the **face** and the **voice** of the person on the call, on this server only.
- **Nothing is stored** and nothing is sent anywhere else. The readings stay on this page until
  you start another call or close it.
- The readings are **estimates**, not facts about a person.
- **Ask the other person**, and start only if they agree.
"""


def page() -> None:
    """The video with its controls, and what is read of it."""
    frame.begin("Live call")
    models = resources.models()
    try:
        servers = ice_servers()
    except SettingError as error:
        st.error(str(error), icon=":material/error:")
        return
    video, beside = st.columns([1, 1], gap="large")
    line: Line = st.session_state.setdefault(LINE, Line(models))
    # What the browser sent was followed before the page ran, so the streamer gets the
    # callbacks of a call that is about to begin.
    connection = line.connection
    with video, st.container(key="video"):
        line.stream = webrtc_streamer(
            key=STREAM,
            mode=WebRtcMode.SENDRECV,
            rtc_configuration={"iceServers": servers},
            media_stream_constraints={
                "video": {"width": {"ideal": 640}, "height": {"ideal": 480}},
                "audio": True,
            },
            video_frame_callback=connection.picture if connection else None,
            queued_audio_frames_callback=connection.sound if connection else None,
            on_video_ended=connection.call.end if connection else None,
            on_audio_ended=connection.call.end if connection else None,
            video_html_attrs={
                "autoPlay": True,
                "controls": False,
                "muted": True,
                "style": {"width": "100%", "borderRadius": "0.5rem"},
            },
            translations={"start": "Start", "stop": "Stop", "select_device": "Select device"},
            on_change=line.follow,
        )
        line.baseline = call_summary.baseline("From the next call on.")
    if connection is None:
        with beside, st.container(key="notice"):
            st.subheader("Before you start", anchor=False)
            st.markdown(NOTICE)
            st.caption("Then press Start and let the browser use the camera and the microphone.")
    elif connection.call.running:
        with beside, st.container(key="now"):
            now(connection.call)
        with st.container(key="rolling"):
            rolling(connection.call)
    else:
        if line.stream.state.playing:
            st.info(
                "The connection was lost, or nothing arrived for a minute, so the call has ended. "
                "Press Stop, then Start, to begin another.",
                icon=":material/info:",
            )
        ended(connection, beside)


@st.fragment(run_every=0.5)
def now(call: LiveCall) -> None:
    """What is read at this moment."""
    if not call.running:
        st.rerun()
    state = call.state()
    reading = state.latest
    behind = state.delay if state.delay is not None and state.delay > BEHIND else None
    if reading is None:
        st.html(markup.waiting("One moment", "The first reading comes within seconds."))
    elif behind is not None and reading.fused is None:
        st.html(markup.waiting("One moment", f"This server is busy and {behind:.0f} s behind."))
    elif reading.uncertain:
        st.html(markup.waiting("Uncertain", "Picture and sound are too poor to say."))
    else:
        st.html(markup.mood(reading.fused, _basis(reading)))
    st.html(markup.gauge(reading.satisfaction if reading else None))
    lately = call.timeline(LASTING).readings
    if behind is not None and reading is not None and reading.fused is None:
        # What a busy server misses is not the fault of the camera or the microphone.
        lately = ()
    face, voice = st.columns(2)
    with face, st.container(key="face"):
        st.html(markup.sense("Face", "face", *_sense([reading.face for reading in lately])))
    with voice, st.container(key="voice"):
        st.html(markup.sense("Voice", "mic", *_sense([reading.voice for reading in lately])))
    st.html(markup.bars(reading.fused if reading else None))
    notes = [wording.clock(state.seconds)]
    if reading is not None and reading.people > 1:
        notes.append(f"{reading.people} people in the picture; the thick box is the one read")
    if behind is not None:
        notes.append(f":orange[{behind:.0f} s behind: this server is busy]")
    if state.error is not None:
        notes.append(state.error)
    st.caption(" · ".join(notes))


@st.fragment(run_every=0.5)
def rolling(call: LiveCall) -> None:
    """The last two minutes."""
    timeline = call.timeline(SPAN)
    st.html(markup.rolling(timeline, SPAN, _extremes(timeline)))


def ended(connection: Connection, beside: st.delta_generator.DeltaGenerator) -> None:
    """What the call came to, until another begins."""
    timeline = connection.call.timeline()
    with beside, st.container(key="ended"):
        if not timeline.readings:
            st.info("The call ended before anything was read.", icon=":material/info:")
        else:
            st.subheader("The call has ended", anchor=False)
            call_summary.summary(timeline)
            call_summary.shares(timeline)
            call_summary.downloads(timeline, f"rapport-call-{connection.began:%Y-%m-%d-%H%M}")
        with st.expander("Before you start another call", icon=":material/info:"):
            st.markdown(NOTICE)
    if timeline.readings:
        found = turning_points(timeline)
        st.plotly_chart(charts.course(timeline, found), config=charts.CONFIG, key="course-chart")
        st.subheader("Moments that matter", anchor=False)
        call_summary.moments(found)


def _basis(reading: Reading) -> str:
    seen, heard = reading.face.probabilities is not None, reading.voice.probabilities is not None
    if seen and heard:
        return "from face and voice"
    if seen or heard:
        return "from the face alone" if seen else "from the voice alone"
    return f"{wording.reason(reading.face.reason)}. {wording.reason(reading.voice.reason)}."


def _sense(lately: list[Prediction]) -> tuple[Prediction | None, str | None]:
    """The newest prediction, and what to do if there has been none for a while."""
    if not lately:
        return None, None
    reasons = {prediction.reason for prediction in lately}
    lasting = len(reasons) == 1 and len(lately) * HOP >= LASTING
    return lately[-1], wording.ADVICE.get(reasons.pop() or "") if lasting else None


def _extremes(timeline: Timeline) -> list[Moment]:
    """The strongest rise and the strongest fall."""
    found = turning_points(timeline, count=len(timeline.readings))
    rises = sorted((m for m in found if m.change > 0), key=lambda moment: -moment.change)
    falls = sorted((m for m in found if m.change < 0), key=lambda moment: moment.change)
    return rises[:1] + falls[:1]


page()
