using Microsoft.Extensions.Time.Testing;

namespace Raft.Tests.Storage;

/// <summary>
/// A clock whose timers can be held between their due time and their callback, as a busy thread pool holds them. The test runs the
/// callbacks, in any order.
/// </summary>
internal sealed class HeldTimers(FakeTimeProvider time) : TimeProvider
{
    private List<Action>? _held;

    public override long TimestampFrequency => time.TimestampFrequency;

    public override long GetTimestamp() => time.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        time.CreateTimer(_ => Run(() => callback(state)), state: null, dueTime, period);

    /// <summary>Lets time pass.</summary>
    /// <returns>The callbacks of the timers that became due, in order of their due times. None of them has run.</returns>
    public IReadOnlyList<Action> Hold(int milliseconds)
    {
        List<Action> held = [];
        _held = held;
        time.Advance(milliseconds);
        _held = null;
        return held;
    }

    private void Run(Action callback)
    {
        if (_held is null)
        {
            callback();
        }
        else
        {
            _held.Add(callback);
        }
    }
}

internal static class FakeTimeProviderExtensions
{
    /// <summary>Lets time pass. Callbacks of timers run before this returns, on this thread, and find the time at its end.</summary>
    public static void Advance(this FakeTimeProvider time, int milliseconds) => time.Advance(TimeSpan.FromMilliseconds(milliseconds));
}
