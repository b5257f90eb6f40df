using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Raft.Tests.Hosting;

/// <summary>Keeps what hosts log, one line each, with its level.</summary>
internal sealed class LogLines : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _lines = [];

    public bool Has(params string[] words) => Count(words) > 0;

    public int Count(params string[] words) =>
        _lines.Count(line => Array.TrueForAll(words, word => line.Contains(word, StringComparison.Ordinal)));

    public ILogger CreateLogger(string categoryName) => this;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue($"{logLevel}: {formatter(state, exception)}");

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Dispose()
    {
        // Nothing is open.
    }
}
