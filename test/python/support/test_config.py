import subprocess
import sys
import threading

import pytest

import mjx.config
from mjx.support import config as cfg
from mjx.support.config import Config, Flag, config, enable_x64, parse_bool


@pytest.fixture(autouse=True)
def restored():
    before = {name: flag.process_value for name, flag in config.flags.items()}
    yield
    for name, value in before.items():
        config.update(name, value)


def in_thread(function):
    result = []
    thread = threading.Thread(target=lambda: result.append(function()))
    thread.start()
    thread.join()
    return result[0]


@pytest.mark.parametrize("name", ["enable_x64", "jax_enable_x64", "mjx_enable_x64"])
def test_update_under_each_name(name):
    assert config.enable_x64 is False
    config.update(name, True)
    assert config.enable_x64 is True and enable_x64.value is True
    assert getattr(config, name) is True and config.read(name) is True
    assert in_thread(lambda: config.enable_x64) is True


def test_assignment_updates():
    config.jax_enable_x64 = True
    assert enable_x64.value is True


def test_scope_is_of_this_thread_and_ends():
    with enable_x64(True):
        assert config.enable_x64 is True
        assert in_thread(lambda: config.enable_x64) is False
        with enable_x64(False):
            assert config.enable_x64 is False
        assert config.enable_x64 is True
    assert config.enable_x64 is False


def test_scope_ends_on_exceptions():
    with pytest.raises(KeyError), enable_x64(True):
        raise KeyError
    assert config.enable_x64 is False


def test_scope_wins_over_update():
    with enable_x64(False):
        config.update("enable_x64", True)
        assert config.enable_x64 is False
    assert config.enable_x64 is True


def test_scope_as_decorator_and_again():
    @enable_x64(True)
    def inner(depth):
        return config.enable_x64 and (depth == 0 or inner(depth - 1))

    assert inner(2) is True and config.enable_x64 is False
    scope = enable_x64(True)
    with scope, scope:
        assert config.enable_x64
    assert config.enable_x64 is False


def test_scopes_of_different_flags_nest():
    with cfg.debug_nans(True), cfg.numpy_dtype_promotion("strict"), cfg.disable_jit():
        assert config.debug_nans and config.numpy_dtype_promotion == "strict" and config.disable_jit
        with cfg.disable_jit(False), cfg.checking_leaks():
            assert not config.disable_jit and config.check_tracer_leaks and config.debug_nans
    assert not config.debug_nans and config.numpy_dtype_promotion == "standard"


def test_bool_flags_need_no_value_in_scopes():
    with enable_x64():
        assert config.enable_x64
    with pytest.raises(TypeError, match="expected a value"):
        cfg.numpy_rank_promotion()


def test_unknown_flags_name_the_nearest():
    for attempt in (
        lambda: config.update("jax_enable_x46", True),
        lambda: config.enable_x46,
        lambda: config.read("enable_x46"),
        lambda: setattr(config, "enable_x46", 1),
    ):
        with pytest.raises(
            AttributeError, match="no flag '.*enable_x46'; did you mean 'enable_x64'"
        ):
            attempt()
    with pytest.raises(AttributeError, match="known: 'enable_x64'"):
        config.update("zzzzzzz", 1)
    assert not hasattr(config, "__wrapped__")


@pytest.mark.parametrize(
    "name, value, expected",
    [
        ("enable_x64", "maybe", "true or false"),
        ("enable_x64", 2, "true or false"),
        ("num_threads", -1, "a whole number"),
        ("num_threads", 1.5, "a whole number"),
        ("num_threads", True, "a whole number"),
        ("numpy_rank_promotion", "never", "one of 'allow', 'warn', 'raise'"),
        ("default_device", [], "a hashable value"),
    ],
)
def test_bad_values(name, value, expected):
    with pytest.raises(ValueError, match=f"config.update: expected {expected}.* for '{name}'"):
        config.update(name, value)
    with pytest.raises(ValueError, match=expected):
        config.flag(name)(value)


def test_trace_key():
    key = config.trace_key()
    assert key == config.trace_key() and key in {config.trace_key()}
    with enable_x64(True):
        inside = config.trace_key()
        assert inside != key and in_thread(config.trace_key) == key
        with cfg.num_threads(3), cfg.log_compiles(True):
            assert config.trace_key() == inside
    assert config.trace_key() == key
    config.update("numpy_dtype_promotion", "strict")
    assert config.trace_key() != key


def test_subscription():
    heard = []
    cfg.num_threads.subscribe(heard.append)
    config.update("num_threads", 2)
    with cfg.num_threads(5):
        pass
    assert heard == [2, 5, 2]
    cfg.num_threads._listeners.remove(heard.append)


def test_flags_are_no_truth_values():
    with pytest.raises(TypeError, match="read mjx.config.enable_x64"):
        bool(enable_x64)


def test_define():
    own = Config()
    flag = own.define(Flag("ours", 3, cfg.parse_count, "A flag of our own."))
    assert own.ours == 3 and flag.__doc__ == "A flag of our own."
    assert own.values == {"ours": 3} and "ours" in dir(own) and repr(own) == "ours: 3"
    with pytest.raises(ValueError, match="already defined"):
        own.define(Flag("ours", 4, cfg.parse_count, ""))


@pytest.mark.parametrize(
    "text, value", [("1", True), ("True", True), ("on", True), ("0", False), ("no", False)]
)
def test_bool_from_environment(monkeypatch, text, value):
    monkeypatch.setenv("MJX_SOME_FLAG", text)
    assert Flag("some_flag", None, parse_bool, "").value is value


def test_bad_environment(monkeypatch):
    monkeypatch.setenv("MJX_SOME_FLAG", "perhaps")
    with pytest.raises(ValueError, match="environment variable MJX_SOME_FLAG: expected true or"):
        Flag("some_flag", None, parse_bool, "")


def test_every_flag_is_documented():
    for flag in config.flags.values():
        assert flag.__doc__ and flag.default == flag.checked(flag.default, "default")
        assert flag.name in repr(flag)


def test_facade_is_the_object():
    program = "import mjx.config; from mjx.config import config; assert config is mjx.config"
    program += (
        "; import mjx.config as again; assert again is config; config.update('enable_x64', 1)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    assert mjx.config is config and config.config is config
