using Microsoft.Extensions.Logging;
using Raft.Impl.Core;
using Raft.Impl.Node;

namespace Raft.Tests.Node;

/// <summary>What a port throws, from when on.</summary>
internal sealed class PortFailedException(string what) : Exception($"the {what} is broken");

/// <summary>
/// A clock that creates some timers, and then fails; or that fails to say what time it is; or whose timers cannot be disposed of.
/// </summary>
internal sealed class FailingTime(TimeProvider time) : TimeProvider
{
    /// <summary>How many timers it creates before it fails.</summary>
    public int TimersLeft { get; set; } = int.MaxValue;

    public bool TellsTime { get; set; } = true;

    public bool DisposesTimers { get; set; } = true;

    public override long TimestampFrequency => time.TimestampFrequency;

    public override long GetTimestamp() => TellsTime ? time.GetTimestamp() : throw new PortFailedException("clock");

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        TimersLeft-- > 0 ? new Timer(this, time.CreateTimer(callback, state, dueTime, period)) : throw new PortFailedException("timer");

    private sealed class Timer(FailingTime owner, ITimer timer) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(dueTime, period);

        public void Dispose()
        {
            timer.Dispose();
            if (!owner.DisposesTimers)
            {
                throw new PortFailedException("timer");
            }
        }

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}

/// <summary>A source of randomness that runs dry.</summary>
internal sealed class FailingRandom : Random
{
    /// <summary>How many numbers it gives before it fails.</summary>
    public int NumbersLeft { get; set; }

    public override int Next(int maxValue) => NumbersLeft-- > 0 ? maxValue / 2 : throw new PortFailedException("source of randomness");
}

/// <summary>An observer that never sees anything without an error.</summary>
internal sealed class FailingObserver : IRaftObserver
{
    public void Started(RaftCore core) => throw new PortFailedException("observer");

    public void Stepped(RaftCore core, Input input, Output output) => throw new PortFailedException("observer");
}

/// <summary>A logger that fails in one of its two methods.</summary>
internal sealed class FailingLogger(bool isEnabled) : ILogger
{
    public int Calls { get; private set; }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => throw new PortFailedException("logger");

    public bool IsEnabled(LogLevel logLevel)
    {
        Calls++;
        return isEnabled ? true : throw new PortFailedException("logger");
    }

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        throw new PortFailedException("logger");
}

/// <summary>Keeps the lines.</summary>
internal sealed class RecordingLogger : ILogger
{
    private readonly object _gate = new();
    private readonly List<string> _lines = [];

    public string[] Lines
    {
        get
        {
            lock (_gate)
            {
                return [.. _lines];
            }
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_gate)
        {
            _lines.Add($"{logLevel}: {formatter(state, exception)}");
        }
    }
}
