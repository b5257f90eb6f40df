using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Raft.Tests.Viewer;

/// <summary>A test that needs a browser; without one it is skipped.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() =>
        Skip = Browser.Executable is null ? "There is no Chromium: install it (apt-get install chromium), or say where it is in the environment variable CHROMIUM." : null;
}

/// <summary>Chromium without a window, spoken to by the DevTools protocol (https://chromedevtools.github.io/devtools-protocol/).</summary>
public sealed class Browser : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly string _profile = Directory.CreateTempSubdirectory("raft-verify-browser").FullName;
    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _end = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> _asked = new();
    private readonly ConcurrentDictionary<string, BrowserTab> _tabs = new();
    private Process? _process;
    private int _last;

    /// <summary>Where it is: what the environment variable CHROMIUM says, or what the path has; null: nowhere.</summary>
    public static string? Executable { get; } = Environment.GetEnvironmentVariable("CHROMIUM") is { Length: > 0 } told
        ? told
        : (from folder in (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
           from name in (string[])["chromium", "chromium-browser", "google-chrome"]
           select Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    public async Task InitializeAsync()
    {
        if (Executable is null)
        {
            return;
        }

        _process = Process.Start(new ProcessStartInfo(
            Executable, ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-port=0", $"--user-data-dir={_profile}", "about:blank"])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        })!;
        await _socket.ConnectAsync(new Uri(await AddressAsync(_process.StandardError)), _end.Token).WaitAsync(_patience);
        _ = ListenAsync();
    }

    public async Task DisposeAsync()
    {
        if (_process is not null)
        {
            await _end.CancelAsync();
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }
    }

    public void Dispose()
    {
        _process?.Dispose();
        _socket.Dispose();
        _end.Dispose();
        _sending.Dispose();
        Directory.Delete(_profile, recursive: true);
    }

    /// <summary>Opens a page in a tab that remembers nothing of the others, and waits until it is drawn.</summary>
    /// <param name="page">Its HTML.</param>
    /// <param name="width">The width of the window, in pixels.</param>
    /// <param name="height">Its height.</param>
    /// <param name="isDark">Whether the system says that it prefers dark.</param>
    internal async Task<BrowserTab> OpenAsync(string page, int width = 1280, int height = 800, bool isDark = false)
    {
        var file = Path.Combine(_profile, $"{Guid.NewGuid():N}.html");
        await File.WriteAllTextAsync(file, page);
        var fresh = (await AskAsync(null, "Target.createBrowserContext")).GetProperty("browserContextId").GetString();
        var target = (await AskAsync(null, "Target.createTarget", new { url = "about:blank", browserContextId = fresh })).GetProperty("targetId").GetString();
        var session = (await AskAsync(null, "Target.attachToTarget", new { targetId = target, flatten = true })).GetProperty("sessionId").GetString()!;
        var tab = _tabs[session] = new BrowserTab(this, session);
        await tab.OpenAsync(new Uri(file), width, height, isDark);
        return tab;
    }

    /// <summary>Asks for something, and waits for the answer.</summary>
    internal async Task<JsonElement> AskAsync(string? session, string method, object? parameters = null)
    {
        var number = Interlocked.Increment(ref _last);
        var answer = _asked[number] = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        var question = new JsonObject { ["id"] = number, ["method"] = method, ["params"] = JsonSerializer.SerializeToNode(parameters ?? new { }) };
        if (session is not null)
        {
            question["sessionId"] = session;
        }

        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(Encoding.UTF8.GetBytes(question.ToJsonString()), WebSocketMessageType.Text, endOfMessage: true, _end.Token);
        }
        finally
        {
            _sending.Release();
        }

        var told = await answer.Task.WaitAsync(_patience);
        return told.TryGetProperty("result", out var result) ? result : throw new InvalidOperationException($"{method}: {told.GetProperty("error")}");
    }

    private static async Task<string> AddressAsync(StreamReader errors)
    {
        const string Begin = "DevTools listening on ";
        var said = new StringBuilder();
        while (await errors.ReadLineAsync().WaitAsync(_patience) is { } line)
        {
            if (line.StartsWith(Begin, StringComparison.Ordinal))
            {
                // Whatever else it says nobody reads; but it must not wait for that.
                _ = errors.BaseStream.CopyToAsync(Stream.Null);
                return line[Begin.Length..];
            }

            said.AppendLine(line);
        }

        throw new InvalidOperationException($"{Executable} does not start: {said}");
    }

    private async Task ListenAsync()
    {
        var buffer = new byte[1 << 16];
        using var message = new MemoryStream();
        while (!_end.IsCancellationRequested)
        {
            ValueWebSocketReceiveResult part;
            message.SetLength(0);
            do
            {
                part = await _socket.ReceiveAsync(buffer.AsMemory(), _end.Token);
                message.Write(buffer, 0, part.Count);
            }
            while (!part.EndOfMessage);

            var told = JsonDocument.Parse(message.ToArray()).RootElement;
            if (told.TryGetProperty("id", out var number))
            {
                if (_asked.TryRemove(number.GetInt32(), out var answer))
                {
                    answer.SetResult(told);
                }
            }
            else if (told.TryGetProperty("sessionId", out var session) && _tabs.TryGetValue(session.GetString()!, out var tab))
            {
                tab.Hear(told.GetProperty("method").GetString()!, told.GetProperty("params"));
            }
        }
    }
}

/// <summary>A page in the browser: what a user does with it, and what it says.</summary>
internal sealed class BrowserTab(Browser browser, string session)
{
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What it complained about: exceptions that nobody caught, and errors and warnings of its console.</summary>
    public ConcurrentQueue<string> Complaints { get; } = new();

    /// <summary>What it asked for, itself included.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Presses a key, and lets it go.</summary>
    /// <param name="key">As JavaScript calls it.</param>
    public async Task PressAsync(string key)
    {
        await AskAsync("Input.dispatchKeyEvent", new { type = key.Length == 1 ? "keyDown" : "rawKeyDown", key, text = key.Length == 1 ? key : string.Empty });
        await AskAsync("Input.dispatchKeyEvent", new { type = "keyUp", key });
    }

    /// <summary>Clicks in the middle of the first element that is in sight, and is not hidden by others.</summary>
    /// <param name="selector">Which elements.</param>
    /// <returns>What the element is called for those who cannot see it, or its text.</returns>
    public async Task<string> ClickAsync(string selector)
    {
        var place = await RunAsync($$"""
            (() => {
              for (const one of document.querySelectorAll({{JsonSerializer.Serialize(selector)}})) {
                const box = one.getBoundingClientRect();
                const middle = one.getTotalLength ? one.getPointAtLength(one.getTotalLength() / 2).matrixTransform(one.getScreenCTM()) : { x: box.x + box.width / 2, y: box.y + box.height / 2 };
                const hit = document.elementFromPoint(middle.x, middle.y);
                if (hit !== null && (one.contains(hit) || one.parentNode === hit.parentNode)) {
                  return { x: middle.x, y: middle.y, name: one.closest('[aria-label]')?.getAttribute('aria-label') ?? one.textContent };
                }
              }
              throw new Error('No {{selector.Replace("'", "\"", StringComparison.Ordinal)}} is in sight.');
            })()
            """);
        var (x, y) = (place.GetProperty("x").GetDouble(), place.GetProperty("y").GetDouble());
        await AskAsync("Input.dispatchMouseEvent", new { type = "mousePressed", x, y, button = "left", clickCount = 1 });
        await AskAsync("Input.dispatchMouseEvent", new { type = "mouseReleased", x, y, button = "left", clickCount = 1 });
        return place.GetProperty("name").GetString()!;
    }

    /// <summary>The text of the first element that a selector finds.</summary>
    public async Task<string> TextAsync(string selector) => (await RunAsync($"document.querySelector({JsonSerializer.Serialize(selector)}).textContent")).GetString()!;

    /// <summary>How many elements a selector finds.</summary>
    public async Task<int> CountAsync(string selector) => (await RunAsync($"document.querySelectorAll({JsonSerializer.Serialize(selector)}).length")).GetInt32();

    /// <summary>Runs JavaScript in the page, and waits for what it promises.</summary>
    /// <returns>Its value.</returns>
    public async Task<JsonElement> RunAsync(string script)
    {
        var told = await AskAsync("Runtime.evaluate", new { expression = script, returnByValue = true, awaitPromise = true });
        return told.TryGetProperty("exceptionDetails", out var details)
            ? throw new InvalidOperationException(details.GetProperty("exception").GetProperty("description").GetString())
            : told.GetProperty("result").TryGetProperty("value", out var value) ? value : default;
    }

    internal async Task OpenAsync(Uri page, int width, int height, bool isDark)
    {
        foreach (var domain in (string[])["Page", "Runtime", "Log", "Network"])
        {
            await AskAsync($"{domain}.enable");
        }

        await AskAsync("Emulation.setDeviceMetricsOverride", new { width, height, deviceScaleFactor = 1, mobile = false });
        await AskAsync("Emulation.setEmulatedMedia", new { features = new[] { new { name = "prefers-color-scheme", value = isDark ? "dark" : "light" } } });
        await AskAsync("Page.navigate", new { url = page.AbsoluteUri });
        await _loaded.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    internal void Hear(string method, JsonElement told)
    {
        switch (method)
        {
            case "Page.loadEventFired":
                _loaded.TrySetResult();
                break;
            case "Network.requestWillBeSent":
                Requests.Enqueue(told.GetProperty("request").GetProperty("url").GetString()!);
                break;
            case "Runtime.exceptionThrown":
                Complaints.Enqueue(told.GetProperty("exceptionDetails").ToString());
                break;
            case "Runtime.consoleAPICalled" when told.GetProperty("type").GetString() is "error" or "warning" or "assert":
            case "Log.entryAdded" when told.GetProperty("entry").GetProperty("level").GetString() is "error" or "warning":
                Complaints.Enqueue(told.ToString());
                break;
        }
    }

    private Task<JsonElement> AskAsync(string method, object? parameters = null) => browser.AskAsync(session, method, parameters);
}
